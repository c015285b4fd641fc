import { expect, test } from "vitest";
import { TabTuneError } from "../engine/errors.ts";
import { rejecting } from "./reject.ts";

class Api {
	private readonly secret = 42;
	answer(): number {
		return this.secret;
	}
	fail(): never {
		throw new TabTuneError("data", { what: "row 17 is not JSON", where: "a.jsonl", next: "mend it" });
	}
	break(): never {
		throw new RangeError("out of bounds");
	}
}

test("results pass, and a TabTuneError arrives as JSON with its three parts", async () => {
	const api = rejecting(new Api());
	expect(await api.answer()).toBe(42);
	const error = await Promise.resolve(api.fail()).catch((thrown: Error) => thrown);
	expect((error as Error).name).toBe("TabTuneError");
	expect(JSON.parse((error as Error).message)).toEqual({
		code: "data",
		what: "row 17 is not JSON",
		where: "a.jsonl",
		next: "mend it",
	});
});

test("an unforeseen exception arrives as internal, with its stack to copy", async () => {
	const error = await Promise.resolve(rejecting(new Api()).break()).catch((thrown: Error) => thrown);
	const info = JSON.parse((error as Error).message);
	expect(info).toMatchObject({ code: "internal", what: "out of bounds" });
	expect(info.details).toContain("RangeError");
});
