// Assigns activations to slots by lifetime; each slot is one GPU buffer, because WebGPU rejects a dispatch that reads and
// writes the same buffer, whatever the offsets. Computes the peak in bytes before any allocation.
import { bufferKey, byteLength, type Graph, type TensorId } from "../ir.ts";

export interface MemoryPlan {
	/** Slot of each activation that is used. */
	readonly slotOf: ReadonlyMap<TensorId, number>;
	readonly slotBytes: readonly number[];
	/** Sum of the slots. */
	readonly activationBytes: number;
	/** The most bytes alive at once, a lower bound for any plan. */
	readonly lowerBoundBytes: number;
	/** Weights, inputs and states that this graph uses, each buffer counted once. */
	readonly persistentBytes: number;
}

/** Activations in one buffer: one tensor, or all windows of a buffer. */
interface Life {
	readonly ids: readonly TensorId[];
	readonly bytes: number;
	readonly first: number;
	readonly last: number;
}

/** The first and the last node that use each activation; results live to the end. */
export function lifetimes(graph: Graph): Life[] {
	const lives = new Map<string | TensorId, { ids: Set<TensorId>; bytes: number; first: number; last: number }>();
	const use = (id: TensorId, index: number) => {
		const { role, view, shape, dtype } = graph.tensors[id];
		if (role !== "activation") return;
		const key = view?.buffer ?? id;
		const life = lives.get(key) ?? { ids: new Set(), bytes: 0, first: index, last: index };
		lives.set(key, life);
		life.ids.add(id);
		life.bytes = Math.max(life.bytes, (view?.offset ?? 0) * 4 + byteLength({ shape, dtype }));
		life.last = index;
	};
	graph.nodes.forEach((node, index) => {
		for (const id of [...node.inputs, ...node.outputs]) use(id, index);
	});
	const used = new Set([...lives.values()].flatMap(({ ids }) => [...ids]));
	for (const id of graph.results) if (used.has(id)) use(id, graph.nodes.length);
	return [...lives.values()].map((life) => ({ ...life, ids: [...life.ids] }));
}

/**
 * Greedy by size: the largest tensor first, into the first slot that is free during its lifetime
 * (Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", arXiv 2001.03288, shared objects).
 */
export function planMemory(graph: Graph): MemoryPlan {
	const lives = lifetimes(graph).sort((a, b) => b.bytes - a.bytes || a.first - b.first);
	const slots: { bytes: number; tenants: Life[] }[] = [];
	const slotOf = new Map<TensorId, number>();
	for (const life of lives) {
		let index = slots.findIndex((slot) =>
			slot.tenants.every((other) => other.last < life.first || other.first > life.last),
		);
		if (index < 0) index = slots.push({ bytes: life.bytes, tenants: [] }) - 1;
		slots[index].tenants.push(life);
		for (const id of life.ids) slotOf.set(id, index);
	}
	const homes = new Map<string, number>();
	for (const spec of graph.tensors) {
		if (spec.role === "activation" || spec.view !== undefined) continue;
		homes.set(bufferKey(spec), byteLength(spec));
	}
	const slotBytes = slots.map((slot) => slot.bytes);
	return {
		slotOf,
		slotBytes,
		activationBytes: sum(slotBytes),
		lowerBoundBytes: mostAlive(lives),
		persistentBytes: sum([...homes.values()]),
	};
}

function mostAlive(lives: readonly Life[]): number {
	const change = new Map<number, number>();
	for (const { first, last, bytes } of lives) {
		change.set(first, (change.get(first) ?? 0) + bytes);
		change.set(last + 1, (change.get(last + 1) ?? 0) - bytes);
	}
	let alive = 0;
	let most = 0;
	for (const [, delta] of [...change].sort(([a], [b]) => a - b)) {
		alive += delta;
		most = Math.max(most, alive);
	}
	return most;
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, n) => total + n, 0);
}
