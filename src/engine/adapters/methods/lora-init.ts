// Computes the initial values of LoRA that init_lora_weights names.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { initProblem, pissaNiter } from "../../../shared/setting-values.ts";
import { weightName } from "../../models/linear.ts";
import { kaimingUniform, normal, Purpose } from "../../random.ts";
import type { AdapterSettings, AdapterValues, InitScope, LoraModule } from "../adapter.ts";
import { mergedRows, rowNorm } from "../merge/merge.ts";
import { valuesOf } from "../trainable.ts";

/**
 * Initialises A and B. true: A Kaiming-uniform (a = sqrt 5), B zero, as `reset_lora_parameters` in peft/tuners/lora/layer.py;
 * "gaussian": A normal with deviation 1 / r; false: both Kaiming-uniform; "pissa": from the base. DoRA's
 * magnitudes are then the row norms of the adapted weights.
 */
export async function initLora(
	modules: readonly LoraModule[],
	{ init_lora_weights: init }: AdapterSettings,
	values: AdapterValues,
	{ seed, weight, warn }: InitScope,
): Promise<void> {
	const wrong = initProblem(init);
	if (wrong !== null) {
		throw new TabTuneError("usage", {
			what: adaptersMessage("initValue", { value: JSON.stringify(init), problem: wrong }),
			where: "init_lora_weights",
			next: adaptersMessage("initValue.next"),
		});
	}
	const niter = pissaNiter(init);
	// Imported on demand, because the code of the first visit has a budget.
	const { pissaStart } = niter === undefined ? { pissaStart: null } : await import("./pissa.ts");
	const approximated = new Set<string>();
	for (const [index, entry] of modules.entries()) {
		const { A, B, r, module, magnitude, start } = entry;
		const [a, b] = [valuesOf(values.params, A), valuesOf(values.params, B)];
		const salt = 2 * index;
		if (start === null || niter === undefined || pissaStart === null) {
			a.set(
				init === "gaussian"
					? normal(r * module.in, 1 / r, seed, Purpose.init, salt)
					: kaimingUniform(r * module.in, module.in, seed, Purpose.init, salt),
			);
			if (init === false) b.set(kaimingUniform(module.out * r, r, seed, Purpose.init, salt + 1));
			else b.fill(0);
		} else {
			const found = pissaStart(await weight(weightName(module)), entry, niter, { seed, salt });
			if (niter === null && !found.exact) approximated.add(`[${module.out}, ${module.in}]`);
			a.set(found.A);
			b.set(found.B);
			valuesOf(values.frozen, start.A).set(found.A);
			valuesOf(values.frozen, start.B).set(found.B);
		}
		if (magnitude !== null) {
			const rows = mergedRows(await weight(weightName(module)), values, entry);
			valuesOf(values.params, magnitude).set(Float32Array.from(rows, rowNorm));
		}
	}
	if (approximated.size > 0) warn?.(adaptersMessage("pissaApproximated", { shapes: [...approximated].join(" and ") }));
}
