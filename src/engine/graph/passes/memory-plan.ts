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

interface Life {
	readonly id: TensorId;
	readonly bytes: number;
	readonly first: number;
	readonly last: number;
}

/** The first and the last node that use each activation; results live to the end. */
export function lifetimes(graph: Graph): Life[] {
	const first = new Map<TensorId, number>();
	const last = new Map<TensorId, number>();
	graph.nodes.forEach((node, index) => {
		for (const id of [...node.inputs, ...node.outputs]) {
			if (graph.tensors[id].role !== "activation") continue;
			if (!first.has(id)) first.set(id, index);
			last.set(id, index);
		}
	});
	for (const id of graph.results) if (first.has(id)) last.set(id, graph.nodes.length);
	return [...first].map(([id, start]) => ({
		id,
		bytes: byteLength(graph.tensors[id]),
		first: start,
		last: last.get(id) ?? start,
	}));
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
		slotOf.set(life.id, index);
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
