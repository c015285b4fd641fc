// Trainable tensors and their positions in the flat parameter buffer. All methods place their tensors with one Placement, so
// gradients, optimiser, clipping, checkpoints and export need to know only the buffer.
import type { GraphBuilder } from "../graph/builder.ts";
import { elements, type TensorSpec } from "../graph/ir.ts";

/** A trainable tensor and its position in the flat buffer. */
export interface TrainableTensor {
	/** Name in the file, without the file's common prefix: "model.layers.0.self_attn.q_proj.lora_A.weight". */
	readonly name: string;
	readonly shape: readonly number[];
	readonly offset: number; // elements
	/** Other names under which the file repeats it. */
	readonly copies?: readonly string[];
	/** Name in a graph, if a weight of the base already has `name`. */
	readonly declared?: string;
}

/** A window of the flat buffer with one learning rate. */
export interface ParamGroup {
	readonly offset: number; // elements
	readonly size: number; // elements, gaps included
	/** Multiplies the run's learning rate. */
	readonly lr_scale: number;
}

/** Tensors start at multiples of this many elements, since bindings start at multiples of 256 bytes. */
const ALIGNMENT = 64;

/** Assigns positions to tensors. Tensors of one learning rate are adjacent, in the order of the calls. */
export class Placement {
	private readonly asked: {
		tensor: { -readonly [K in keyof TrainableTensor]: TrainableTensor[K] };
		lr_scale: number;
	}[] = [];

	/** @returns a tensor whose offset is set by `finish` @param lr_scale multiplies the run's learning rate */
	place(
		name: string,
		shape: readonly number[],
		lr_scale = 1,
		declared = name,
		copies: readonly string[] = [],
	): TrainableTensor {
		const tensor = {
			name,
			shape,
			offset: Number.NaN,
			...(declared === name ? {} : { declared }),
			...(copies.length === 0 ? {} : { copies }),
		};
		this.asked.push({ tensor, lr_scale });
		return tensor;
	}

	/** Sets every offset. @returns the flat buffer's size, its groups, and the number of trainable parameters */
	finish(): { size: number; parameters: number; groups: ParamGroup[] } {
		let size = 0;
		let parameters = 0;
		const groups: ParamGroup[] = [];
		for (const lr_scale of new Set(this.asked.map((one) => one.lr_scale))) {
			const offset = size;
			for (const { tensor } of this.asked.filter((one) => one.lr_scale === lr_scale)) {
				tensor.offset = size;
				parameters += elements(tensor.shape);
				size += Math.ceil(elements(tensor.shape) / ALIGNMENT) * ALIGNMENT;
			}
			groups.push({ offset, size: size - offset, lr_scale });
		}
		return { size, parameters, groups };
	}
}

/** The shape of a tensor in its file: A of an embedding is stored transposed, a bias of LoRA is a vector. */
export function fileShape({ name, shape }: TrainableTensor): readonly number[] {
	if (name.endsWith(".lora_B.bias")) return [shape[0]];
	return isStoredTransposed(name) ? [...shape].reverse() : shape;
}

/** Returns the values of a tensor in the order of its file. */
export function fileValues(flat: Float32Array, tensor: TrainableTensor): Float32Array {
	const values = valuesOf(flat, tensor);
	return isStoredTransposed(tensor.name) ? transposed(values, tensor.shape[0], tensor.shape[1]) : values;
}

/** Copies values in the order of a file into the flat parameters. */
export function setFileValues(flat: Float32Array, tensor: TrainableTensor, values: Float32Array): void {
	const [columns, rows] = tensor.shape;
	valuesOf(flat, tensor).set(isStoredTransposed(tensor.name) ? transposed(values, rows, columns) : values);
}

const isStoredTransposed = (name: string): boolean => name.endsWith(".lora_embedding_A");

/** [rows, columns] → [columns, rows] */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
	const result = new Float32Array(values.length);
	for (let row = 0; row < rows; row++)
		for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
	return result;
}

/** The values of a trainable tensor in the flat parameters. */
export function valuesOf(flat: Float32Array, { shape, offset }: TrainableTensor): Float32Array {
	return flat.subarray(offset, offset + elements(shape));
}

/** Declares a trainable tensor as a window of the flat parameters. */
export function declareTrainable(builder: GraphBuilder, tensor: TrainableTensor): TensorSpec {
	return builder.declare("state", tensor.declared ?? tensor.name, tensor.shape, "f32", {
		view: { buffer: "params", offset: tensor.offset },
	});
}

/** Declares a tensor of the adapter that is not trained, as a window of the frozen values. */
export function declareFrozen(builder: GraphBuilder, tensor: TrainableTensor): TensorSpec {
	return builder.declare("state", tensor.name, tensor.shape, "f32", {
		view: { buffer: "frozen", offset: tensor.offset },
	});
}

/** Declares the gradient of a trainable tensor: the same window of the flat gradients. */
export function declareGradient(builder: GraphBuilder, trainable: TensorSpec): TensorSpec {
	if (trainable.view === undefined) throw new Error(`${trainable.name} does not lie in the flat parameters`);
	return builder.declare("state", `grad ${trainable.name}`, trainable.shape, "f32", {
		view: { buffer: "grads", offset: trainable.view.offset },
	});
}
