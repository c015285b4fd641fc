// Bottleneck adapters: down-projection, activation, up-projection after each sublayer, placed and named as in the `adapters`
// library (methods/bottleneck.py). After both attention and MLP: Houlsby (arXiv 1902.00751), whose input is the sublayer's
// output. After one of them: Pfeiffer (arXiv 2005.00247), whose input also includes the residual stream.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { activation, add, fill, linear } from "../../graph/ops/index.ts";
import type { Sublayer } from "../../models/family.ts";
import { FAMILIES } from "../../models/index.ts";
import { normal, Purpose } from "../../random.ts";
import type { AdapterMethod, AdapterSettings, MethodScope } from "../adapter.ts";
import { declareTrainable, type TrainableTensor, valuesOf } from "../trainable.ts";

interface Bottleneck {
	readonly layer: number;
	readonly sublayer: Sublayer;
	readonly down: TrainableTensor; // [bottleneck, hidden]
	readonly downBias: TrainableTensor; // [bottleneck]
	readonly up: TrainableTensor; // [hidden, bottleneck]
	readonly upBias: TrainableTensor; // [hidden, 1]: a column, so that the strength scales it too
}

/** The name of the adapter in the library's files. */
export const BOTTLENECK_NAME = "tabtune";

/** Whether a bottleneck's input includes the residual stream (Pfeiffer) or is the sublayer's output only (Houlsby). */
export const readsStream = ({ original_ln_before, mh_adapter, output_adapter }: AdapterSettings): boolean =>
	original_ln_before ?? !(mh_adapter === true && output_adapter === true);

/**
 * Places a bottleneck after the sublayers that the settings name.
 * @throws TabTuneError "adapter" when they name none, or when reduction_factor is over the hidden size
 */
export function bottleneck({ family, config, settings, methods, placement }: MethodScope): AdapterMethod | null {
	if (!methods.includes("bottleneck")) return null;
	const { reduction_factor = 16, non_linearity: kind = "relu", mh_adapter, output_adapter } = settings;
	const hidden = config.hidden_size;
	const names = family.bottleneckNames;
	if (names === undefined)
		throw new TabTuneError("not-yet", {
			what: adaptersMessage("bottleneckModel", { model_type: family.model_type }),
			where: "method",
			next: adaptersMessage("bottleneckModel.next", { types: supportedTypes().join(", ") }),
		});
	if (!mh_adapter && !output_adapter)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("noBottleneck"),
			where: "mh_adapter",
			next: adaptersMessage("noBottleneck.next"),
		});
	if (reduction_factor > hidden)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("reductionFactor", { reduction_factor, hidden }),
			where: "reduction_factor",
			next: adaptersMessage("reductionFactor.next", { hidden }),
		});
	const size = Math.floor(hidden / reduction_factor);
	const sublayers: Sublayer[] = [
		...(mh_adapter ? ["self_attn" as const] : []),
		...(output_adapter ? ["mlp" as const] : []),
	];
	const all: Bottleneck[] = Array.from({ length: config.num_hidden_layers }, (_, layer) =>
		sublayers.map((sublayer) => {
			const path = `${family.layers}.${layer}.${names[sublayer]}.adapters.${BOTTLENECK_NAME}`;
			return {
				layer,
				sublayer,
				down: placement.place(`${path}.adapter_down.0.weight`, [size, hidden]),
				downBias: placement.place(`${path}.adapter_down.0.bias`, [size]),
				up: placement.place(`${path}.adapter_up.weight`, [hidden, size]),
				upBias: placement.place(`${path}.adapter_up.bias`, [hidden, 1]),
			};
		}),
	).flat();
	return {
		tensors: all.flatMap(({ down, downBias, up, upBias }) => [down, downBias, up, upBias]),
		form: "bottleneck",
		wrap: (hooks) => ({
			...hooks,
			residual(builder, layer, sublayer, stream, output) {
				const added = hooks.residual(builder, layer, sublayer, stream, output);
				const found = all.find((one) => one.layer === layer && one.sublayer === sublayer);
				if (found === undefined) return added;
				const name = `${family.layers}.${layer}.${sublayer}.bottleneck`;
				const tensor = (one: TrainableTensor) => declareTrainable(builder, one);
				const x = readsStream(settings) ? added : output;
				const down = linear(builder, `${name}.down`, x, tensor(found.down), { bias: tensor(found.downBias) }); // [T, bottleneck]
				const activated = activation(builder, `${name}.activation`, [down], { kind });
				const ones = fill(builder, `${name}.ones`, [], { shape: [x.shape[0], 1], value: 1, live: x.live });
				const up = linear(builder, `${name}.up`, activated, tensor(found.up), {
					lowRank: { u: ones, B: tensor(found.upBias) },
					adapter: true,
				}); // [T, hidden]
				return add(builder, `${name}.residual`, [added, up]);
			},
		}),
		// As init_bert_weights does: normal with deviation 0.02, biases zero.
		init({ params }, { seed }) {
			all.forEach(({ down, up }, index) => {
				for (const [side, tensor] of [down, up].entries()) {
					const values = valuesOf(params, tensor);
					values.set(normal(values.length, 0.02, seed, Purpose.init, FIRST_STREAM + 2 * index + side));
				}
			});
		},
	};
}

const supportedTypes = (): string[] =>
	FAMILIES.filter(({ bottleneckNames }) => bottleneckNames !== undefined).map(({ model_type }) => model_type);

/** Random streams from here on are not used by LoRA or a prompt. */
const FIRST_STREAM = 2 ** 21;
