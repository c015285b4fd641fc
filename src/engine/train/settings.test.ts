import { expect, test } from "vitest";
import { resolveSettings } from "./settings.ts";

test("mixed precision is refused where no weight is frozen", () => {
	expect(resolveSettings({ precision: "mixed" }, "run.json").precision).toBe("mixed");
	expect(() => resolveSettings({ precision: "mixed", method: "full" }, "run.json")).toThrow(
		"full fine-tuning has no frozen weights",
	);
	expect(() => resolveSettings({ precision: "float16" }, "run.json")).toThrow("precision");
});
