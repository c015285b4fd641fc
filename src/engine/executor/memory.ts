// GPU memory that persists between replays: weights, inputs and states, by buffer key, shared by all plans. A model is
// uploaded once for training, evaluation and generation.
import type { Gpu } from "../device/gpu.ts";
import { bufferKey, byteLength, type TensorSpec } from "../graph/ir.ts";

export class GpuMemory {
	private readonly buffers = new Map<string, GPUBuffer>();

	constructor(readonly gpu: Gpu) {}

	/** Allocates a zero-filled buffer under a name, or returns the existing one. */
	reserve(name: string, bytes: number): GPUBuffer {
		const known = this.buffers.get(name);
		if (known !== undefined) {
			if (known.size < bytes)
				throw new Error(`${name} holds ${known.size} bytes, ${bytes} are needed: release it first`);
			return known;
		}
		const buffer = this.gpu.storage(name, bytes);
		this.buffers.set(name, buffer);
		return buffer;
	}

	/** Allocates `total` bytes if needed and writes a tensor's bytes, or part of them at `offset`. */
	upload(name: string, data: ArrayBufferView, offset = 0, total = data.byteLength): void {
		this.gpu.write(this.reserve(name, total), offset, data);
	}

	has(name: string): boolean {
		return this.buffers.has(name);
	}

	/** Buffer and range of a persistent tensor. */
	place(spec: TensorSpec): { buffer: GPUBuffer; offset: number; size: number } {
		const buffer =
			spec.view === undefined ? this.reserve(bufferKey(spec), byteLength(spec)) : this.buffers.get(bufferKey(spec));
		if (buffer === undefined) throw new Error(`${spec.name} is in "${bufferKey(spec)}", which has no memory yet`);
		return { buffer, offset: (spec.view?.offset ?? 0) * 4, size: Math.max(4, byteLength(spec)) };
	}

	async readFloats(name: string, offset: number, count: number): Promise<Float32Array> {
		return new Float32Array(await this.gpu.read(this.need(name), offset * 4, count * 4));
	}

	async readWords(name: string, offset: number, count: number): Promise<Uint32Array> {
		return new Uint32Array(await this.gpu.read(this.need(name), offset * 4, count * 4));
	}

	/** Fills a buffer with zeros, in queue order. */
	clear(name: string): void {
		const encoder = this.gpu.device.createCommandEncoder();
		encoder.clearBuffer(this.need(name));
		this.gpu.device.queue.submit([encoder.finish()]);
	}

	release(name: string): void {
		const buffer = this.buffers.get(name);
		if (buffer === undefined) return;
		this.gpu.destroyBuffer(buffer);
		this.buffers.delete(name);
	}

	releaseAll(): void {
		for (const name of [...this.buffers.keys()]) this.release(name);
	}

	private need(name: string): GPUBuffer {
		const buffer = this.buffers.get(name);
		if (buffer === undefined) throw new Error(`GPU memory holds no "${name}"`);
		return buffer;
	}
}
