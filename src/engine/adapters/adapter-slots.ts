// Several LoRA adapters over one frozen base in one forward pass. Each adapter has a slot and keeps the layout that it has
// alone; the flat parameters of all slots are concatenated in shared buffers, and every adapted module adds each slot's
// low-rank product to the rows of that slot.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";
import { addLowRank, dropout } from "../graph/ops/index.ts";
import type { ForwardHooks } from "../models/family.ts";
import type { AdapterLayout } from "./adapter.ts";
import type { TrainableTensor } from "./trainable.ts";

/** The largest number of slots in one pass. */
export const MOST_SLOTS = 8;

export interface AdapterSlot {
	/** The layout of the adapter alone. */
	readonly layout: AdapterLayout;
	/** Offset of its flat parameters among those of all slots, in elements. */
	readonly offset: number;
}

export interface AdapterSlots {
	readonly all: readonly AdapterSlot[];
	/** Number of slots on the token axis; the ones after `all` have no adapter. */
	readonly count: number;
	/** Elements of the shared flat buffers. */
	readonly size: number;
	/** Prefix of the names of the shared buffers: "race." in "race.params". */
	readonly prefix: string;
}

/**
 * Assigns adapters to slots.
 * @param bare number of slots without an adapter, after the others
 * @throws TabTuneError "adapter" when an adapter is not plain LoRA on linear modules
 */
export function slotsOf(layouts: readonly AdapterLayout[], prefix: string, bare = 0): AdapterSlots {
	let size = 0;
	const all = layouts.map((layout): AdapterSlot => {
		requireLora(layout);
		const offset = size;
		size += layout.size;
		return { layout, offset };
	});
	return { all, count: all.length + bare, size, prefix };
}

function requireLora({ modules, tensors, settings }: AdapterLayout): void {
	const fresh = settings.init_lora_weights;
	const layers = modules.every(({ module }) => /\.\d+\./.test(module.path));
	if (layers && modules.length * 2 === tensors.length && (typeof fresh === "boolean" || fresh === "gaussian")) return;
	if (settings.trainable_token_indices != null)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("tokensSideBySide"),
			where: "tokenizer",
			next: adaptersMessage("tokensSideBySide.next"),
		});
	throw new TabTuneError("adapter", {
		what: adaptersMessage("notSideBySide"),
		where: "method, target_modules, use_dora, init_lora_weights",
		next: adaptersMessage("notSideBySide.next"),
	});
}

/** The window of a slot in a shared buffer. */
export function slotState(
	builder: GraphBuilder,
	{ prefix }: AdapterSlots,
	slot: number,
	name: string,
	shape: readonly number[],
	offset: number,
): TensorSpec {
	return builder.declare("state", `${prefix}${slot}.${name}`, shape, "f32", {
		view: { buffer: prefix + name.split(" ")[0], offset },
	});
}

/** Declares a trainable tensor of a slot as a window of the shared parameters. */
const parameter = (
	builder: GraphBuilder,
	slots: AdapterSlots,
	slot: number,
	{ name, shape, offset }: TrainableTensor,
) => slotState(builder, slots, slot, `params ${name}`, shape, slots.all[slot].offset + offset);

/** All trainable tensors of all slots. */
export const slotTrainables = (builder: GraphBuilder, slots: AdapterSlots): TensorSpec[] =>
	slots.all.flatMap(({ layout }, slot) => layout.tensors.map((tensor) => parameter(builder, slots, slot, tensor)));

/** Declares the gradient of a slot's trainable tensor: the same window of the shared gradients. */
export function slotGradientOf(builder: GraphBuilder, { prefix }: AdapterSlots, trainable: TensorSpec): TensorSpec {
	return builder.declare("state", `grad ${trainable.name}`, trainable.shape, "f32", {
		view: { buffer: `${prefix}grads`, offset: trainable.view?.offset ?? 0 },
	});
}

/**
 * Hooks that add each slot's low-rank product to its rows.
 * @param training whether dropout is on; its rate is the same in all slots, and each slot has the masks that it would have alone
 */
export function withSlots(hooks: ForwardHooks, slots: AdapterSlots, training: boolean): ForwardHooks {
	const { count } = slots;
	const byPath = slots.all.map(
		({ layout }) => new Map(layout.modules.map((entry, index) => [entry.module.path, { entry, index }])),
	);
	return {
		...hooks,
		linear: (builder, module, x) => {
			const y = hooks.linear(builder, module, x);
			const found = byPath.flatMap((modules, slot) => {
				const one = modules.get(module.path);
				return one === undefined ? [] : [{ ...one, slot }];
			});
			if (found.length === 0) return y;
			const { index, slot: first } = found[0];
			const p = slots.all[first].layout.settings.lora_dropout;
			const input =
				training && p > 0 ? dropout(builder, `${module.path}.lora_dropout`, [x], { p, salt: index, slots: true }) : x;
			const pairs = found.map(({ entry, slot }) => ({
				slot,
				scale: entry.scaling,
				A: parameter(builder, slots, slot, entry.A),
				B: parameter(builder, slots, slot, entry.B),
			}));
			addLowRank(builder, module.path, input, y, count, pairs);
			return y;
		},
	};
}
