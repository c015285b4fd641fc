// A narrow device interface: adapter, limits, buffers, uploads, read-backs, submits and device loss. It counts the objects
// it creates, so that a test can check that nothing is created after the first step.

import { TabTuneError } from "../../shared/errors.ts";
import { deviceMessage } from "../../shared/messages/index.ts";
import type { DeviceInfo } from "../api.ts";

export interface GpuOptions {
	/** `navigator.gpu`, or the result of the `webgpu` package's create(). */
	readonly gpu: GPU;
	/** Request only WebGPU's default limits and no optional features, as on the weakest conforming device. */
	readonly minimal?: boolean;
}

/** Features that are used if the adapter supports them; none is required. */
const OPTIONAL_FEATURES = [
	"subgroups",
	"shader-f16",
	"timestamp-query",
	"subgroup-size-control",
	"chromium-experimental-subgroup-matrix", // not in the standard yet
] as readonly GPUFeatureName[];

const WANTED_LIMITS = [
	"maxBufferSize",
	"maxStorageBufferBindingSize",
	"maxComputeWorkgroupStorageSize",
	"maxComputeInvocationsPerWorkgroup",
	"maxComputeWorkgroupSizeX",
] as const;

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render|cpu/i;

export class Gpu {
	readonly info: DeviceInfo;
	/** Objects created since the device was created. */
	readonly created = { buffers: 0, pipelines: 0 };
	/** Buffers that exist now, and their bytes; leak tests compare them before and after. */
	readonly allocated = { buffers: 0, bytes: 0 };
	private lostReason: string | null = null;
	private staging: GPUBuffer | null = null;

	private constructor(
		readonly device: GPUDevice,
		readonly adapterInfo: GPUAdapterInfo,
		/** Referenced, because the Node binding frees the instance when its wrapper is garbage-collected. */
		private readonly instance: GPU,
	) {
		const { limits } = device;
		this.info = {
			vendor: adapterInfo.vendor,
			architecture: adapterInfo.architecture,
			description: adapterInfo.description,
			software: SOFTWARE.test(
				`${adapterInfo.vendor} ${adapterInfo.architecture} ${adapterInfo.description} ${adapterInfo.device}`,
			),
			maxBufferSize: limits.maxBufferSize,
			maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
			features: [...device.features].sort(),
		};
		void device.lost.then((lost) => {
			this.lostReason = `${lost.reason ?? "unknown"}: ${lost.message.replace(/\.$/, "")}`;
		});
	}

	/**
	 * Requests an adapter and a device.
	 * @throws TabTuneError "no-adapter" when there is none.
	 */
	static async request({ gpu, minimal = false }: GpuOptions): Promise<Gpu> {
		const adapter = await orLost(gpu.requestAdapter({ powerPreference: "high-performance" }));
		if (adapter === null) {
			throw new TabTuneError("no-adapter", {
				what: deviceMessage("noAdapter"),
				next: deviceMessage("noAdapter.next"),
			});
		}
		const requiredFeatures: GPUFeatureName[] = minimal
			? []
			: OPTIONAL_FEATURES.filter((feature) => adapter.features.has(feature));
		const requiredLimits = minimal ? {} : Object.fromEntries(WANTED_LIMITS.map((name) => [name, adapter.limits[name]]));
		const device = await orLost(adapter.requestDevice({ requiredFeatures, requiredLimits }));
		return new Gpu(device, adapter.info, gpu);
	}

	/** Resolves when the device is lost, with the reason. */
	get lost(): Promise<GPUDeviceLostInfo> {
		return this.device.lost;
	}

	has(feature: GPUFeatureName): boolean {
		return this.device.features.has(feature);
	}

	get isLost(): boolean {
		return this.lostReason !== null;
	}

	/** @throws TabTuneError "device-lost" after the device was lost. */
	assertAlive(): void {
		if (this.lostReason !== null) throw lostError(this.lostReason);
	}

	/**
	 * Waits for a promise of WebGPU.
	 * @throws TabTuneError "device-lost" when it fails because the device is lost
	 */
	async settled<T>(promise: Promise<T>): Promise<T> {
		try {
			return await promise;
		} catch (cause) {
			await this.noticeLoss(cause);
			this.assertAlive();
			throw cause;
		}
	}

	/** After a failure: waits until it is known whether the device is lost. Browsers report a failed call before the loss that caused it. */
	private async noticeLoss(cause: unknown): Promise<void> {
		const patience = isLoss(cause) ? LOSS_NOTICE_MILLISECONDS : LOSS_NOTICE_MILLISECONDS / 10;
		if (this.lostReason === null)
			await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, patience))]);
		if (isLoss(cause)) this.lostReason ??= reasonOf(cause);
	}

	/**
	 * Creates a zero-filled buffer of `bytes` (rounded up to 16).
	 * @throws TabTuneError "memory" when it exceeds the device's limit.
	 */
	createBuffer(label: string, bytes: number, usage: number): GPUBuffer {
		this.assertAlive();
		const size = Math.max(16, Math.ceil(bytes / 16) * 16);
		if (size > this.device.limits.maxBufferSize) {
			throw new TabTuneError("memory", {
				what: deviceMessage("bufferTooLarge", {
					size: (size / 2 ** 20).toFixed(0),
					limit: (this.device.limits.maxBufferSize / 2 ** 20).toFixed(0),
				}),
				where: label,
				next: deviceMessage("bufferTooLarge.next"),
			});
		}
		const buffer = this.device.createBuffer({ label, size, usage });
		this.created.buffers++;
		this.allocated.buffers++;
		this.allocated.bytes += size;
		return buffer;
	}

	storage(label: string, bytes: number): GPUBuffer {
		return this.createBuffer(label, bytes, GPU_USAGE.STORAGE | GPU_USAGE.COPY_DST | GPU_USAGE.COPY_SRC);
	}

	uniform(label: string, bytes: number): GPUBuffer {
		return this.createBuffer(label, bytes, GPU_USAGE.UNIFORM | GPU_USAGE.COPY_DST);
	}

	destroyBuffer(buffer: GPUBuffer): void {
		this.allocated.buffers--;
		this.allocated.bytes -= buffer.size;
		buffer.destroy();
	}

	/** Writes bytes; a tail that is not a whole word is padded with zeros. */
	write(buffer: GPUBuffer, offset: number, data: ArrayBufferView): void {
		const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
		const whole = bytes.byteLength & ~3;
		if (whole > 0) this.device.queue.writeBuffer(buffer, offset, bytes, 0, whole);
		if (whole < bytes.byteLength) {
			const tail = new Uint8Array(4);
			tail.set(bytes.subarray(whole));
			this.device.queue.writeBuffer(buffer, offset + whole, tail);
		}
	}

	/** Reads `size` bytes back through one reused staging buffer, one call at a time. Also waits for the submits before it. */
	async read(buffer: GPUBuffer, offset: number, size: number): Promise<ArrayBuffer> {
		const turn = this.reading.then(() => this.readNow(buffer, offset, size));
		this.reading = turn.then(
			() => undefined,
			() => undefined,
		);
		return turn;
	}
	private reading: Promise<void> = Promise.resolve();

	private async readNow(buffer: GPUBuffer, offset: number, size: number): Promise<ArrayBuffer> {
		this.assertAlive();
		const whole = new Uint8Array(size);
		for (let done = 0; done < size; ) {
			const staging = await this.stagingFor(size - done);
			const bytes = Math.min(staging.size, Math.ceil((size - done) / 4) * 4);
			const encoder = this.device.createCommandEncoder();
			encoder.copyBufferToBuffer(buffer, offset + done, staging, 0, bytes);
			this.device.queue.submit([encoder.finish()]);
			await this.settled(staging.mapAsync(GPU_MAP_READ, 0, bytes));
			whole.set(new Uint8Array(staging.getMappedRange(0, bytes), 0, Math.min(bytes, size - done)), done);
			staging.unmap();
			done += bytes;
		}
		return whole.buffer;
	}

	/**
	 * The staging buffer, with room for `bytes` if the device has it: otherwise a read happens in pieces.
	 * @throws TabTuneError "memory" if there is no room for the smallest one
	 */
	private async stagingFor(bytes: number): Promise<GPUBuffer> {
		const usage = GPU_USAGE.MAP_READ | GPU_USAGE.COPY_DST;
		let size = Math.max(bytes, SMALLEST_STAGING);
		while (this.staging === null || (this.staging.size < size && !this.readsInPieces)) {
			if (this.staging !== null) this.destroyBuffer(this.staging);
			this.staging = null;
			try {
				this.staging = await this.checked("staging", () => this.createBuffer("staging", size, usage));
			} catch (error) {
				if (!(error instanceof TabTuneError) || error.code !== "memory" || size <= SMALLEST_STAGING) throw error;
				this.readsInPieces = true;
				size = Math.max(SMALLEST_STAGING, Math.ceil(size / 8) * 4);
			}
		}
		return this.staging;
	}
	/** Whether a large staging buffer had no room. */
	private readsInPieces = false;

	/**
	 * Waits until everything submitted so far is done.
	 * @param expectedMilliseconds duration of the last wait. Node's binding busy-polls while a promise is pending, which occupies a
	 *   core that a software adapter needs, so most of this time is spent in a timer.
	 */
	async fence(expectedMilliseconds = 0): Promise<void> {
		if (IN_NODE && expectedMilliseconds > 5)
			await new Promise((resolve) => setTimeout(resolve, expectedMilliseconds * 0.8));
		this.fenceSource ??= await this.checked("fence", () =>
			this.createBuffer("fence", 16, GPU_USAGE.COPY_SRC | GPU_USAGE.COPY_DST),
		);
		await this.read(this.fenceSource, 0, 4);
	}
	private fenceSource: GPUBuffer | null = null;

	/** Runs `work` and turns a validation or out-of-memory error of the device into an exception. */
	async checked<T>(where: string, work: () => T | Promise<T>): Promise<T> {
		this.device.pushErrorScope("validation");
		this.device.pushErrorScope("out-of-memory");
		let outcome: { readonly value: T } | { readonly error: unknown };
		try {
			outcome = { value: await work() };
		} catch (error) {
			outcome = { error };
		}
		const scopes = [this.device.popErrorScope(), this.device.popErrorScope()];
		const [outOfMemory, invalid] = await this.settled(Promise.all(scopes));
		this.assertAlive();
		// The device's error explains the one that `work` threw.
		if (outOfMemory !== null) {
			throw new TabTuneError("memory", {
				what: deviceMessage("outOfMemory"),
				where,
				next: deviceMessage("outOfMemory.next"),
			});
		}
		if (invalid !== null) throw new Error(`${where}: ${invalid.message}`);
		if ("error" in outcome) throw outcome.error;
		return outcome.value;
	}

	destroy(): void {
		if (this.staging !== null) this.destroyBuffer(this.staging);
		this.staging = null;
		if (this.fenceSource !== null) this.destroyBuffer(this.fenceSource);
		this.fenceSource = null;
		this.device.destroy();
		void this.instance;
	}
}

/** The values of GPUBufferUsage, a global that Node does not have. */
const GPU_USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const;
const GPU_MAP_READ = 1;
/** Bytes of the smallest staging buffer. */
const SMALLEST_STAGING = 65_536;
const IN_NODE = typeof process !== "undefined" && process.versions?.node !== undefined;

/** How long a browser may take to report a lost device after a call has failed because of it. */
const LOSS_NOTICE_MILLISECONDS = 500;

/** What Chromium (Dawn) says of a call whose GPU process or device is gone, with any name of a DOMException. */
const LOSS =
	/instance (was )?dropped|external instance reference|(device|context|GPU connection) (is |was )?(lost|destroyed)/i;
const isLoss = (cause: unknown): boolean => cause instanceof Error && LOSS.test(cause.message);
const reasonOf = (cause: unknown): string =>
	(cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");

function lostError(reason: string, cause?: unknown): TabTuneError {
	const [what, next] = [deviceMessage("lost", { reason }), deviceMessage("lost.next")];
	return new TabTuneError("device-lost", { what, next }, { cause });
}

/** A request for an adapter or a device fails only when the GPU was lost in the meantime. */
async function orLost<T>(request: Promise<T>): Promise<T> {
	try {
		return await request;
	} catch (cause) {
		throw lostError(reasonOf(cause), cause);
	}
}
