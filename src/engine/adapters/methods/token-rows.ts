// PEFT's trainable_token_indices: the rows of some tokens are trained in place of the base's (peft/tuners/trainable_tokens/layer.py).
// W' = W + E · (D − W[ids]), where D [n, width] is trained and E [rows, n] has a one for each token. With a tied base both uses
// of the matrix have the rows of the embedding.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { TensorSpec } from "../../graph/ir.ts";
import { add, embed, linear, matmul } from "../../graph/ops/index.ts";
import { weightName } from "../../models/linear.ts";
import type { AdapterMethod, InitScope, MethodScope, TokenRows } from "../adapter.ts";
import { declareFrozen, declareTrainable, valuesOf } from "../trainable.ts";
import { isSaved } from "./modules-to-save.ts";

/** @throws TabTuneError "adapter" for a module that is neither the embedding nor the head, and for an id that it does not have */
export function tokenRows({ family, config, settings, methods, placement, frozen }: MethodScope): AdapterMethod | null {
	const asked = settings.trainable_token_indices ?? null;
	if (asked === null || !methods.includes("lora")) return null;
	const table = family.embedding(config);
	const head = family.head(config);
	const byName: readonly (readonly [string, readonly number[]])[] = Array.isArray(asked)
		? [[table.path, asked]]
		: Object.entries(asked);
	const found = byName.map(([name, ids]) => {
		const path = [table.path, head.path].find((one) => isSaved(`${one}.weight`, name));
		const strange = ids.find((id) => id >= table.rows);
		if (path !== undefined && strange === undefined) return { path, ids };
		throw new TabTuneError("adapter", {
			what:
				path === undefined
					? adaptersMessage("tokensOf", { name })
					: adaptersMessage("tokenId", { id: strange ?? 0, rows: table.rows }),
			where: "trainable_token_indices",
			next: adaptersMessage("tokensOf.next", { table: table.path, head: head.path }),
		});
	});
	const own = (path: string) => found.find((one) => one.path === path);
	const ofTable = own(table.path);
	const ofHead = own(head.path);
	const tied = head.weight !== undefined && ofTable !== undefined;
	const differ = ofHead !== undefined && ofHead.ids.join() !== ofTable?.ids.join();
	if (tied && differ && settings.ensure_weight_tying === true)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("tiedTokens", { table: table.path, head: head.path }),
			where: "trainable_token_indices",
			next: adaptersMessage("tiedTokens.next"),
		});
	// PEFT ties them unless their tokens differ.
	const shared = tied && !differ;
	const kept = found.filter(({ path, ids }) => ids.length > 0 && !(shared && path === head.path));
	const rows = kept.map(({ path, ids }): TokenRows => {
		const shape = [ids.length, table.width];
		return {
			path,
			weight: path === table.path ? `${path}.weight` : weightName(head),
			ids,
			uses: path === table.path && shared ? [table.path, head.path] : [path],
			D: placement.place(`${path}.token_adapter.trainable_tokens_delta`, shape),
			R: frozen.place(`${path}.token_adapter.original`, shape),
			E: frozen.place(`${path}.token_adapter.places`, [table.rows, ids.length]),
		};
	});
	const used = (path: string) => rows.find(({ uses }) => uses.includes(path));
	const original = async (values: Float32Array, weight: InitScope["weight"]) => {
		for (const { weight: name, ids, R, E } of rows) {
			valuesOf(values, R).set(rowsOf(await weight(name), ids, table.width));
			const places = valuesOf(values, E);
			for (const [i, id] of ids.entries()) places[id * ids.length + i] = 1;
		}
	};
	return {
		tensors: rows.map(({ D }) => D),
		tokenRows: rows,
		wrap: (hooks) => ({
			...hooks,
			embed: (builder, module, inputs) => {
				const base = hooks.embed(builder, module, inputs); // [T, width]
				const one = used(module.path);
				if (one === undefined) return base;
				const { path, scale = 1 } = module;
				const chosen = embed(builder, `${path}.token_adapter`, [inputs.ids, declareFrozen(builder, one.E)]); // [T, n]
				const part = (name: string, W: TensorSpec, sign: number) =>
					product(builder, `${path}.token_adapter.${name}`, chosen, W, sign * scale);
				const trained = add(builder, `${path}.token_adapter.rows`, [
					base,
					part("trained", declareTrainable(builder, one.D), 1),
				]);
				return add(builder, `${path}.token_adapter.difference`, [
					trained,
					part("replaced", declareFrozen(builder, one.R), -1),
				]);
			},
			linear: (builder, module, x) => {
				const y = hooks.linear(builder, module, x);
				const one = used(module.path);
				if (one === undefined) return y;
				const path = `${module.path}.token_adapter`;
				const trained = linear(builder, `${path}.trained`, x, declareTrainable(builder, one.D), { adapter: true });
				const replaced = linear(builder, `${path}.replaced`, x, declareFrozen(builder, one.R), {
					scale: -1,
					adapter: true,
				});
				const u = add(builder, `${path}.difference`, [trained, replaced]); // [T, n]
				const update = linear(builder, `${path}.logits`, u, declareFrozen(builder, one.E)); // [T, rows]
				return add(builder, `${path}.sum`, [y, update]);
			},
		}),
		original,
		async init({ params, frozen: values }, { weight }) {
			await original(values, weight);
			for (const { D, R } of rows) valuesOf(params, D).set(valuesOf(values, R));
		},
	};
}

/** a · W. a: [T, n], W: [n, width] → [T, width] */
const product = (builder: GraphBuilder, name: string, a: TensorSpec, W: TensorSpec, scale: number): TensorSpec =>
	matmul(builder, name, [a, W], {
		segments: [{ transposeA: false, transposeB: false, scale, adapter: true }],
		accumulate: false,
		bias: false,
	});

function rowsOf(W: Float32Array, ids: readonly number[], width: number): Float32Array {
	const out = new Float32Array(ids.length * width);
	for (const [i, id] of ids.entries()) out.set(W.subarray(id * width, (id + 1) * width), i * width);
	return out;
}

/** Writes the trained rows into a weight in place. W: [rows, width] */
export function mergeTokenRows(W: Float32Array, params: Float32Array, { ids, D }: TokenRows): void {
	const values = valuesOf(params, D);
	const [, width] = D.shape;
	for (const [i, id] of ids.entries()) W.set(values.subarray(i * width, (i + 1) * width), id * width);
}
