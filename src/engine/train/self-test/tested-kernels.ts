// The shaders that have passed the self-test on a device, stored under the adapter, its driver and the browser.
import type { Gpu } from "../../device/gpu.ts";
import { hash } from "../../kernels/saved-tuning.ts";
import type { TuningStore } from "../device-tuning.ts";

const inMemory = new WeakMap<Gpu, Promise<TestedKernels>>();

export class TestedKernels {
	private constructor(
		private readonly passed: Set<string>,
		private readonly write: (passed: readonly string[]) => Promise<void>,
	) {}

	/** The record of a device; without a store it lasts as long as the device object. */
	static of(gpu: Gpu, store: TuningStore | undefined): Promise<TestedKernels> {
		let known = inMemory.get(gpu);
		if (known === undefined) {
			known = TestedKernels.read(gpu, store);
			inMemory.set(gpu, known);
		}
		return known;
	}

	private static async read({ adapterInfo }: Gpu, store: TuningStore | undefined): Promise<TestedKernels> {
		const { vendor, architecture, device, description } = adapterInfo;
		const key = [vendor, architecture, device, description, store?.agent ?? ""].join("|");
		const file = `self-test-${hash(key)}.json`;
		// A store that fails is as good as an empty one: the kernels are tested again.
		const text = await store?.read(file).catch(() => null);
		return new TestedKernels(new Set(text == null ? [] : parse(text, key)), async (passed) => {
			await store?.write(file, JSON.stringify({ key, passed })).catch(() => undefined);
		});
	}

	has(text: string): boolean {
		return this.passed.has(nameOf(text));
	}

	async add(texts: Iterable<string>): Promise<void> {
		const before = this.passed.size;
		for (const text of texts) this.passed.add(nameOf(text));
		if (this.passed.size > before) await this.write([...this.passed]);
	}
}

const nameOf = (text: string): string => `${hash(text)}${text.length.toString(36)}`;

function parse(text: string, key: string): string[] {
	try {
		const saved: unknown = JSON.parse(text);
		if (typeof saved !== "object" || saved === null || !("key" in saved) || saved.key !== key) return [];
		if (!("passed" in saved) || !Array.isArray(saved.passed)) return [];
		return saved.passed.filter((name): name is string => typeof name === "string");
	} catch {
		return [];
	}
}
