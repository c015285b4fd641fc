// The WebGPU executor: compiles a graph once into a list of dispatches (pipelines, bind groups, sizes) and replays it. A
// replay allocates nothing; long plans are split into submits of bounded work, so that the compositor stays responsive
// and no watchdog fires.

import { byteLength, type Graph, type TensorId, type TensorSpec } from "../graph/ir.ts";
import type { KernelLimits } from "../graph/op.ts";
import { opOf } from "../graph/ops/index.ts";
import { type MemoryPlan, planMemory } from "../graph/passes/memory-plan.ts";
import { mergeDispatches } from "../graph/passes/merge-dispatches.ts";
import type { KernelCall, TensorRange } from "../kernels/kernel.ts";
import type { Pipelines } from "../kernels/pipelines.ts";
import { NEUTRAL_STEP, packScalars, STEP_FIELDS, type StepScalars } from "../kernels/step.ts";
import type { Tuning } from "../kernels/tuning.ts";
import type { GpuMemory } from "./memory.ts";

/** Target duration of a submit. Operating systems reset a GPU that hangs for 0.5 to 10 s; a smooth page needs far shorter submits. */
const SUBMIT_MILLISECONDS = 50;
/** Speed assumed until the first replay was timed: that of a slow software adapter. */
const FIRST_FLOPS_PER_MILLISECOND = 2e6;

export interface Dispatch {
	/** Name of the kernel, with the tile of a matmul. */
	readonly kernel: string;
	readonly pipeline: GPUComputePipeline;
	readonly bindGroup: GPUBindGroup;
	readonly workgroups: readonly [number, number, number];
	readonly flops: number;
	/** Bytes of the ranges that it binds. */
	readonly bytes: number;
	readonly nodeIndex: number;
}

export class Plan {
	/** Duration of a replay with every row in use, estimated from the last replay. */
	private fullMilliseconds = 0;
	private flopsPerMillisecond = FIRST_FLOPS_PER_MILLISECOND;
	/** Capacity of the token axis in rows. */
	private readonly tokens: number;

	private constructor(
		readonly graph: Graph,
		readonly layout: MemoryPlan,
		private readonly memory: GpuMemory,
		private readonly slots: readonly GPUBuffer[],
		private readonly stepBuffer: GPUBuffer,
		private readonly paramsBuffer: GPUBuffer,
		private readonly dispatches: readonly Dispatch[],
	) {
		this.tokens = graph.tensors.reduce(
			(most, { live, shape }) => (live?.axis === "tokens" ? Math.max(most, shape[0]) : most),
			1,
		);
	}

	/** Lowers the graph, plans its memory, allocates buffers and compiles pipelines. After it resolves, a replay creates nothing. */
	static async compile(given: Graph, memory: GpuMemory, pipelines: Pipelines, tuning: Tuning): Promise<Plan> {
		const { gpu } = memory;
		const graph = graphFor(given, tuning);
		const calls = lowered(graph, tuning, gpu.device.limits);
		const placed = planMemory(graph);
		const compiling = Promise.all(calls.map(({ call }) => pipelines.get(call)));
		compiling.catch(() => undefined); // it is awaited below, unless the allocation before it fails
		const made: GPUBuffer[] = [];
		const own = (buffer: GPUBuffer) => {
			made.push(buffer);
			return buffer;
		};
		const making = gpu.checked("allocating buffers for a plan", async () => {
			const slots = placed.slotBytes.map((bytes, i) => own(gpu.storage(`slot ${i}`, bytes)));
			const stepBuffer = own(gpu.uniform("step", packScalars(STEP_FIELDS, NEUTRAL_STEP).byteLength));
			const alignment = gpu.device.limits.minUniformBufferOffsetAlignment;
			const packed = packParams(
				calls.map(({ call }) => call),
				alignment,
			);
			const paramsBuffer = own(gpu.uniform("params", packed.bytes.byteLength));
			gpu.write(paramsBuffer, 0, packed.bytes);
			const compiled = await compiling;
			const resource = ({ tensor, offset = 0, size }: TensorRange): GPUBufferBinding => {
				const spec = graph.tensors[tensor];
				const range =
					spec.role === "activation"
						? {
								buffer: slots[placed.slotOf.get(tensor) ?? -1],
								offset: (spec.view?.offset ?? 0) * 4,
								size: Math.max(4, byteLength(spec)),
							}
						: memory.place(spec);
				return { buffer: range.buffer, offset: range.offset + offset, size: size ?? range.size - offset };
			};
			const dispatches = calls.map(({ call, nodeIndex }, i): Dispatch => {
				const { pipeline, layout: bindLayout } = compiled[i];
				const ranges = call.bindings.map(resource);
				const bindGroup = gpu.device.createBindGroup({
					label: call.kernel.name,
					layout: bindLayout,
					entries: [
						{ binding: 0, resource: { buffer: stepBuffer } },
						{ binding: 1, resource: { buffer: paramsBuffer, offset: packed.offsets[i], size: packed.sizes[i] } },
						...ranges.map((range, b) => ({ binding: b + 2, resource: range })),
					],
				});
				const bytes = ranges.reduce((sum, { size = 0 }) => sum + size, 0);
				const { workgroups, flops } = call;
				return { kernel: kernelLabel(call), pipeline, bindGroup, workgroups, flops, bytes, nodeIndex };
			});
			return new Plan(graph, placed, memory, slots, stepBuffer, paramsBuffer, dispatches);
		});
		return making.catch((error) => {
			for (const buffer of made) gpu.destroyBuffer(buffer);
			throw error;
		});
	}

	get dispatchCount(): number {
		return this.dispatches.length;
	}

	get flops(): number {
		return this.dispatches.reduce((total, { flops }) => total + flops, 0);
	}

	/** Bytes of the ranges that all dispatches bind. */
	get boundBytes(): number {
		return this.dispatches.reduce((total, { bytes }) => total + bytes, 0);
	}

	/** Writes the step's scalars and queues every dispatch without waiting for the GPU; `wait` or a read-back does. */
	enqueue(scalars: Partial<StepScalars>, upToNode = Number.POSITIVE_INFINITY): void {
		const { gpu } = this.memory;
		const dispatches = this.prepared(scalars);
		const budget = this.flopsPerMillisecond * SUBMIT_MILLISECONDS;
		let encoder = gpu.device.createCommandEncoder();
		let pass = encoder.beginComputePass();
		let work = 0;
		for (const { pipeline, bindGroup, workgroups, flops, nodeIndex } of dispatches) {
			if (nodeIndex > upToNode) break;
			if (work > 0 && work + flops > budget) {
				pass.end();
				gpu.device.queue.submit([encoder.finish()]);
				encoder = gpu.device.createCommandEncoder();
				pass = encoder.beginComputePass();
				work = 0;
			}
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, bindGroup);
			pass.dispatchWorkgroups(...workgroups);
			work += flops;
		}
		pass.end();
		gpu.device.queue.submit([encoder.finish()]);
	}

	/** Writes the step's scalars and returns the dispatches of a replay, for a caller that submits them itself. */
	prepared(scalars: Partial<StepScalars>): readonly Dispatch[] {
		const { gpu } = this.memory;
		gpu.assertAlive();
		gpu.write(this.stepBuffer, 0, packScalars(STEP_FIELDS, { ...NEUTRAL_STEP, ...scalars }));
		return this.dispatches;
	}

	/** Enqueues a replay, waits for the GPU and measures the duration. */
	async run(scalars: Partial<StepScalars>): Promise<void> {
		const share = Math.min(1, (scalars.live_tokens ?? this.tokens) / this.tokens);
		const started = performance.now();
		this.enqueue(scalars);
		await this.memory.gpu.fence(this.fullMilliseconds * share);
		const took = Math.max(0.01, performance.now() - started);
		this.fullMilliseconds = took / Math.max(share, 0.01);
		this.flopsPerMillisecond = Math.max(1e5, this.flops / this.fullMilliseconds);
	}

	/** Reads an activation. Only results are guaranteed to be intact after a replay. */
	async read(id: TensorId, count?: number): Promise<Float32Array> {
		return new Float32Array(await this.readBytes(this.graph.tensors[id], count));
	}

	async readWords(id: TensorId, count?: number): Promise<Uint32Array> {
		return new Uint32Array(await this.readBytes(this.graph.tensors[id], count));
	}

	private readBytes(spec: TensorSpec, count?: number): Promise<ArrayBuffer> {
		const bytes = count === undefined ? byteLength(spec) : count * 4;
		if (spec.role !== "activation") {
			const { buffer, offset } = this.memory.place(spec);
			return this.memory.gpu.read(buffer, offset, bytes);
		}
		const slot = this.layout.slotOf.get(spec.id);
		if (slot === undefined) throw new Error(`${spec.name} is not used by this plan`);
		return this.memory.gpu.read(this.slots[slot], (spec.view?.offset ?? 0) * 4, bytes);
	}

	destroy(): void {
		const { gpu } = this.memory;
		for (const buffer of [...this.slots, this.stepBuffer, this.paramsBuffer]) gpu.destroyBuffer(buffer);
	}
}

function kernelLabel({ kernel: { name }, constants: { ROWS, COLUMNS } }: KernelCall): string {
	return ROWS === undefined || COLUMNS === undefined ? name : `${name} ${ROWS}x${COLUMNS}`;
}

/** Compiles the kernels of a graph without a plan, so that a later plan finds them in the cache. */
export async function warmPipelines(graph: Graph, pipelines: Pipelines, tuning: Tuning): Promise<void> {
	const calls = lowered(graphFor(graph, tuning), tuning, pipelines.gpu.device.limits);
	await Promise.all(calls.map(({ call }) => pipelines.get(call)));
}

/** The graph after the passes that depend on the device. */
export function graphFor(graph: Graph, { mergeDispatches: merge = false }: Tuning): Graph {
	return merge ? mergeDispatches(graph) : graph;
}

/** Lowers a graph to kernel calls, in order, each with its node; needs no device. */
export function lowered(graph: Graph, tuning: Tuning, limits: KernelLimits): { call: KernelCall; nodeIndex: number }[] {
	return graph.nodes.flatMap((node, nodeIndex) =>
		opOf(node.op)
			.lower({
				attrs: node.attrs,
				inputs: node.inputs.map((id) => graph.tensors[id]),
				outputs: node.outputs.map((id) => graph.tensors[id]),
				tuning,
				limits,
			})
			.map((call) => ({ call, nodeIndex })),
	);
}

/** Packs the parameters of all calls into one uniform buffer; equal parameters share an offset. */
function packParams(
	calls: readonly KernelCall[],
	alignment: number,
): { bytes: Uint8Array<ArrayBuffer>; offsets: number[]; sizes: number[] } {
	const places = new Map<string, number>();
	const blocks: Uint8Array[] = [];
	const sizes: number[] = [];
	let end = 0;
	const offsets = calls.map((call) => {
		const block = packScalars(call.kernel.params, call.params);
		sizes.push(block.byteLength);
		const key = block.join();
		const known = places.get(key);
		if (known !== undefined) return known;
		const offset = end;
		places.set(key, offset);
		blocks.push(block);
		end += Math.ceil(block.byteLength / alignment) * alignment;
		return offset;
	});
	const bytes = new Uint8Array(Math.max(16, end));
	let at = 0;
	for (const block of blocks) {
		bytes.set(block, at);
		at += Math.ceil(block.byteLength / alignment) * alignment;
	}
	return { bytes, offsets, sizes };
}
