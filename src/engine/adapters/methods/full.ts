// Full fine-tuning: every weight of the model is trained, starting from the base's values. The trainable tensors replace the
// frozen weights, so a tied embedding is one tensor with both gradients.
import { declareWeights } from "../../models/frozen.ts";
import type { AdapterMethod, MethodScope } from "../adapter.ts";
import { declareTrainable, valuesOf } from "../trainable.ts";

export function fullFineTuning({ family, config, methods, placement }: MethodScope): AdapterMethod | null {
	if (!methods.includes("full")) return null;
	const tensors = family.weights(config).map(({ name, shape }) => placement.place(name, shape));
	const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
	return {
		tensors,
		form: "full",
		replaces: true,
		wrap: () =>
			declareWeights((builder, name) => {
				const tensor = byName.get(name);
				if (tensor === undefined) throw new Error(`the family has no weight ${name}`);
				return declareTrainable(builder, tensor);
			}),
		async init({ params }, { weight }) {
			for (const tensor of tensors) valuesOf(params, tensor).set(await weight(tensor.name));
		},
	};
}
