// A graph during a rewrite. Positions of nodes stay stable, and the readers and writers of each tensor are kept up to date, so
// that the cost of a rule depends only on what it changes.
import { bufferKey, elements, type Graph, type Node, type TensorId, type TensorSpec } from "../ir.ts";
import { opOf } from "../ops/index.ts";

export interface Uses {
	/** Positions of the nodes that read the tensor, in order; updates in place count as reads. */
	readonly readers: readonly number[];
	readonly writers: readonly number[];
}

/** Windows of a buffer start at multiples of this many elements, because bindings start at multiples of 256 bytes. */
const WINDOW_ALIGNMENT = 64;

export class Draft {
	private readonly nodes: (Node | null)[];
	private readonly tensors: TensorSpec[];
	private readonly inserted = new Map<number, Node>();
	private readonly results: ReadonlySet<TensorId>;
	private readonly known = new Map<TensorId, { readers: number[]; writers: number[] }>();

	constructor(private readonly graph: Graph) {
		this.nodes = graph.nodes.map(() => null);
		this.tensors = [...graph.tensors];
		this.results = new Set(graph.results);
		graph.nodes.forEach((node, position) => this.set(position, node));
	}

	/** The node at a position; null if it was removed. */
	at(position: number): Node | null {
		return this.nodes[position];
	}

	/** The node at a position; throws if it was removed. */
	node(position: number): Node {
		const node = this.nodes[position];
		if (node === null) throw new Error(`no node at ${position}`);
		return node;
	}

	tensor(id: TensorId): TensorSpec {
		return this.tensors[id];
	}

	/** Adds an activation of the shape of another one. */
	activation(name: string, { id: _id, view: _view, ...like }: TensorSpec): TensorId {
		this.tensors.push({ ...like, id: this.tensors.length, name, role: "activation" });
		return this.tensors.length - 1;
	}

	/** Puts activations into one buffer, one after another. */
	shareBuffer(ids: readonly TensorId[]): void {
		let offset = 0;
		for (const id of ids) {
			this.tensors[id] = { ...this.tensors[id], view: { buffer: `shared ${ids[0]}`, offset } };
			offset += Math.ceil(elements(this.tensors[id].shape) / WINDOW_ALIGNMENT) * WINDOW_ALIGNMENT;
		}
	}

	isResult(id: TensorId): boolean {
		return this.results.has(id);
	}

	uses(id: TensorId): Uses {
		return this.usesOf(id);
	}

	/** Replaces or removes the node at a position. */
	set(position: number, node: Node | null): void {
		const old = this.nodes[position];
		if (old !== null) {
			for (const id of readBy(old)) remove(this.usesOf(id).readers, position);
			for (const id of old.outputs) remove(this.usesOf(id).writers, position);
		}
		this.nodes[position] = node;
		if (node === null) return;
		for (const id of readBy(node)) insert(this.usesOf(id).readers, position);
		for (const id of node.outputs) insert(this.usesOf(id).writers, position);
	}

	/** Adds a node before the one at a position. It appears only in the built graph, once per position. */
	insertBefore(position: number, node: Node): void {
		this.inserted.set(position, node);
	}

	/** Replaces a tensor by another in every node that uses it from a position on. */
	replaceTensor(from: TensorId, to: TensorId, since = 0): void {
		const { readers, writers } = this.usesOf(from);
		const renamed = (id: TensorId) => (id === from ? to : id);
		for (const position of new Set([...readers, ...writers])) {
			if (position < since) continue;
			const node = this.node(position);
			this.set(position, { ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) });
		}
	}

	/** Whether a node strictly between two positions writes to the memory of one of the tensors. */
	anyWrites(after: number, before: number, tensors: readonly TensorId[]): boolean {
		for (let position = after + 1; position < before; position++) {
			const outputs = this.nodes[position]?.outputs ?? [];
			if (outputs.some((id) => tensors.some((other) => mayOverlap(this.tensor(id), this.tensor(other))))) return true;
		}
		return false;
	}

	build(): Graph {
		const nodes = this.nodes.flatMap((node, position) => {
			const before = this.inserted.get(position);
			return [...(before === undefined ? [] : [before]), ...(node === null ? [] : [node])];
		});
		return { ...this.graph, tensors: this.tensors, nodes };
	}

	private usesOf(id: TensorId): { readers: number[]; writers: number[] } {
		let uses = this.known.get(id);
		if (uses === undefined) {
			uses = { readers: [], writers: [] };
			this.known.set(id, uses);
		}
		return uses;
	}
}

/** Outputs that a node updates in place, so that their previous values matter. */
export function updatedBy(node: Node): TensorId[] {
	return (opOf(node.op).updates?.(node.attrs) ?? []).map((index) => node.outputs[index]);
}

function readBy(node: Node): Set<TensorId> {
	return new Set([...node.inputs, ...updatedBy(node)]);
}

/** Whether two tensors may share memory: the same one, or windows of one buffer that overlap. */
export function mayOverlap(a: TensorSpec, b: TensorSpec): boolean {
	if (a.id === b.id) return true;
	if (a.role === "activation" || b.role === "activation" || bufferKey(a) !== bufferKey(b)) return false;
	if (a.view === undefined || b.view === undefined) return true;
	return a.view.offset < b.view.offset + elements(b.shape) && b.view.offset < a.view.offset + elements(a.shape);
}

function insert(sorted: number[], value: number): void {
	const at = sorted.findLastIndex((other) => other <= value);
	if (sorted[at] !== value) sorted.splice(at + 1, 0, value);
}

function remove(sorted: number[], value: number): void {
	const at = sorted.indexOf(value);
	if (at >= 0) sorted.splice(at, 1);
}
