import type { FileMetaData } from "hyparquet";
import { describe, expect, test } from "vitest";
import { checkSizes, pageOf } from "./parquet-bounds.ts";

const MIB = 2 ** 20;

/** The metadata of a file with one column. */
function stating(groups: readonly { rows: number; values?: number; unpacked?: number }[], rows?: number): FileMetaData {
	return {
		num_rows: BigInt(rows ?? groups.reduce((sum, group) => sum + group.rows, 0)),
		row_groups: groups.map((group) => ({
			num_rows: BigInt(group.rows),
			columns: [
				{
					meta_data: {
						num_values: BigInt(group.values ?? group.rows),
						total_uncompressed_size: BigInt(group.unpacked ?? 100),
					},
				},
			],
		})),
	} as unknown as FileMetaData;
}

describe("a page", () => {
	test("of at most 128 MiB may grow by any factor, because constant columns do", () => {
		expect(pageOf(new Uint8Array(10), 128 * MIB)).toHaveLength(128 * MIB);
	});

	test("over 128 MiB may grow 200 times", () => {
		const packed = new Uint8Array(MIB);
		expect(pageOf(packed, 200 * MIB)).toHaveLength(200 * MIB);
		expect(() => pageOf(packed, 200 * MIB + 1)).toThrow(`a page of ${MIB} bytes unpacks to ${200 * MIB + 1}`);
	});
});

describe("the metadata of a file", () => {
	test("with the rows of its groups passes", () => {
		expect(() => checkSizes(stating([{ rows: 3 }, { rows: 4 }]), 1000)).not.toThrow();
		expect(() => checkSizes(stating([]), 12)).not.toThrow();
	});

	test("with other rows than its groups is refused", () => {
		const message = "the row groups do not have the rows of the file";
		expect(() => checkSizes(stating([{ rows: 3 }], 4), 1000)).toThrow(message);
		expect(() => checkSizes(stating([{ rows: -1 }, { rows: 2 }]), 1000)).toThrow(message);
	});

	test("may state a million values, and more if the file has an eighth of a byte for each", () => {
		expect(() => checkSizes(stating([{ rows: MIB }]), 100)).not.toThrow();
		expect(() => checkSizes(stating([{ rows: 8 * MIB }]), MIB)).not.toThrow();
		expect(() => checkSizes(stating([{ rows: 8 * MIB + 1 }]), MIB)).toThrow(`${MIB} bytes state ${8 * MIB + 1} values`);
		expect(() => checkSizes(stating([{ rows: 1, values: 9 * MIB }]), MIB)).toThrow("values");
	});

	test("may state columns of 128 MiB, and more if they grow at most 200 times, over all groups", () => {
		expect(() => checkSizes(stating([{ rows: 1, unpacked: 128 * MIB }]), 100)).not.toThrow();
		const halves = stating([
			{ rows: 1, unpacked: 100 * MIB },
			{ rows: 1, unpacked: 100 * MIB },
		]);
		expect(() => checkSizes(halves, MIB)).not.toThrow();
		expect(() => checkSizes(halves, MIB - 1)).toThrow(`${MIB - 1} bytes unpack to ${200 * MIB}`);
	});
});
