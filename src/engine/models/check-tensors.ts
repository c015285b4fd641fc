// Compares the tensors of a model's files with the family's weights: every weight is there in its shape, and every tensor is used.
import { TabTuneError } from "../../shared/errors.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import type { TensorFile } from "../formats/index.ts";
import { TrackedMap, unusedKeys } from "../formats/tracked-reads.ts";
import type { ModelFamily } from "./family.ts";
import type { ModelConfig } from "./model-config.ts";
import { IGNORED_TENSORS } from "./weight-names.ts";

/** @throws TabTuneError "model" naming the weights that are missing or have another shape, or the tensors that are not used */
export function checkTensors(family: ModelFamily, config: ModelConfig, files: TensorFile, where: string): void {
	const specs = family.weights(config);
	const tensors = new TrackedMap(files.tensors);
	const missing = specs.filter(({ name }) => !tensors.has(name)).map(({ name }) => name);
	const unused = unusedKeys(tensors.unread(), IGNORED_TENSORS).map(({ key }) => key);
	if (missing.length > 0) {
		const head = `${family.head(config).path}.weight`;
		throw new TabTuneError("model", {
			what:
				missing.length === 1
					? modelsMessage("noWeight", { weight: missing[0] })
					: modelsMessage("noWeights", { count: missing.length, total: specs.length, weights: firstOf(missing) }),
			where,
			next:
				unused.length > 0
					? modelsMessage("otherNames.next", { tensors: firstOf(unused) })
					: missing.length === 1 && missing[0] === head
						? modelsMessage("noHead.next")
						: modelsMessage("noWeight.next"),
		});
	}
	const other = specs.filter(({ name, shape }) => tensors.get(name)?.shape.join() !== shape.join());
	if (other.length > 0) {
		const [{ name: weight, shape }] = other;
		const values = { weight, shape: tensors.get(weight)?.shape.join(", ") ?? "", expected: shape.join(", ") };
		throw new TabTuneError("model", {
			what:
				other.length === 1
					? modelsMessage("weightShape", values)
					: modelsMessage("weightShapes", { ...values, more: other.length - 1 }),
			where,
			next: modelsMessage("weightShape.next"),
		});
	}
	if (unused.length > 0)
		throw new TabTuneError("not-yet", {
			what: modelsMessage("unusedTensors", {
				count: unused.length,
				model_type: config.model_type,
				tensors: firstOf(unused),
			}),
			where,
			next: modelsMessage("unusedTensors.next"),
		});
}

const firstOf = (names: readonly string[]): string => `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`;
