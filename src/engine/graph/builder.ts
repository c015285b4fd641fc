// Builds a graph node by node and assigns tensor ids. Models, adapters, gradients and passes all add nodes through it.
import type { LiveBound } from "../kernels/step.ts";
import type { DType, Graph, Node, OutputSpec, Role, TensorId, TensorSpec } from "./ir.ts";

/** The part of an op's definition (op.ts) that adding a node needs: its name and the shapes of its outputs. */
export interface NodeType {
	readonly op: string;
	infer(attrs: unknown, inputs: readonly TensorSpec[]): OutputSpec[];
}

export interface DeclareOptions {
	readonly live?: LiveBound;
	readonly view?: TensorSpec["view"];
}

export class GraphBuilder {
	readonly tensors: TensorSpec[] = [];
	readonly nodes: Node[] = [];
	private readonly results = new Set<TensorId>();
	private readonly persistent = new Map<string, TensorSpec>();

	/** Declares a weight, input or state; equal names return the same tensor. */
	declare(
		role: Exclude<Role, "activation">,
		name: string,
		shape: readonly number[],
		dtype: DType,
		options: DeclareOptions = {},
	): TensorSpec {
		const known = this.persistent.get(name);
		if (known !== undefined) {
			if (known.shape.join() !== shape.join() || known.dtype !== dtype) {
				throw new Error(`tensor ${name} is [${known.shape}] ${known.dtype}, asked for as [${shape}] ${dtype}`);
			}
			return known;
		}
		const spec: TensorSpec = {
			id: this.tensors.length,
			name,
			shape,
			dtype,
			role,
			...options,
		};
		this.tensors.push(spec);
		this.persistent.set(name, spec);
		return spec;
	}

	/** Creates an activation. */
	activation(name: string, shape: readonly number[], dtype: DType, live?: LiveBound): TensorSpec {
		const spec: TensorSpec = {
			id: this.tensors.length,
			name,
			shape,
			dtype,
			role: "activation",
			...(live ? { live } : {}),
		};
		this.tensors.push(spec);
		return spec;
	}

	/** Adds a node with fresh outputs. */
	add(type: NodeType, name: string, inputs: readonly TensorSpec[], attrs: unknown): TensorSpec[] {
		const outputs = type
			.infer(attrs, inputs)
			.map((out, i) =>
				this.activation(
					i === 0 ? name : `${name}#${i}`,
					out.shape,
					out.dtype,
					"live" in out ? out.live : inputs[0]?.live,
				),
			);
		this.nodes.push({
			op: type.op,
			name,
			inputs: inputs.map((t) => t.id),
			outputs: outputs.map((t) => t.id),
			attrs,
		});
		return outputs;
	}

	/** Adds a node that writes existing tensors, such as a state or a gradient. */
	addInto(
		type: NodeType,
		name: string,
		inputs: readonly TensorSpec[],
		outputs: readonly TensorSpec[],
		attrs: unknown,
	): void {
		type.infer(attrs, inputs).forEach((out, i) => {
			if (out.shape.join() !== outputs[i]?.shape.join())
				throw new Error(`${name}: ${type.op} makes [${out.shape}], its place is [${outputs[i]?.shape}]`);
		});
		this.nodes.push({
			op: type.op,
			name,
			inputs: inputs.map((t) => t.id),
			outputs: outputs.map((t) => t.id),
			attrs,
		});
	}

	/** Keeps an activation readable after a replay. */
	result(spec: TensorSpec): TensorSpec {
		this.results.add(spec.id);
		return spec;
	}

	spec(id: TensorId): TensorSpec {
		const spec = this.tensors[id];
		if (spec === undefined) throw new Error(`no tensor ${id}`);
		return spec;
	}

	build(): Graph {
		return {
			tensors: [...this.tensors],
			nodes: [...this.nodes],
			results: [...this.results],
		};
	}
}
