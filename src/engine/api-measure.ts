// Types of "Measure this device": what a device can do at most, and how close the kernels and a training step come to it.

/** One product, or one kernel of attention, timed alone. */
export interface MeasuredWork {
	name: string;
	/** Sizes, such as "512×1536×576 bf16". */
	shape: string;
	milliseconds: number;
	gflops: number;
	/** Bytes of the operands and the result, over the time. */
	gigabytes_per_second: number;
	/** Of the measured multiply-add peak and copy bandwidth, 0 to 1. */
	share_of_peak: number;
	share_of_bandwidth: number;
}

/** A whole LoRA step: forward, backward and update. */
export interface MeasuredStep {
	model: string;
	parameters: number;
	base_dtype: string;
	r: number;
	/** Of all rows together. */
	tokens: number;
	/** Until the step can start: planning, allocating, compiling. */
	prepare_milliseconds: number;
	/** Of the first step; software adapters compile in it. */
	first_milliseconds: number;
	/** Median of the steps after the first. */
	milliseconds: number;
	min_milliseconds: number;
	tokens_per_second: number;
	flops: number;
	gflops: number;
	/** Bytes of the buffers that the dispatches bind, over the time. */
	gigabytes_per_second: number;
	share_of_peak: number;
	share_of_bandwidth: number;
	dispatches: number;
	peak_gpu_bytes: number;
}

export interface MeasuredKernel {
	kernel: string;
	calls: number;
	milliseconds: number;
	/** Of the time of all kernels, 0 to 1. */
	share: number;
	gflops: number;
	gigabytes_per_second: number;
}

export interface DeviceMeasurement {
	date: string; // ISO 8601
	/** tuning_key: of what a measured choice of kernels is valid for; null for the defaults. */
	tabtune: { version: string; tuning_key: string | null };
	/** The browser, or Node and the WebGPU package, with versions. */
	agent: string;
	adapter: {
		vendor: string;
		architecture: string;
		device: string;
		/** Includes the driver where WebGPU reports it. */
		description: string;
		software: boolean;
		features: string[];
		limits: Record<string, number>;
	};
	precision: "f32";
	peak: { gflops: number; gigabytes_per_second: number };
	products: MeasuredWork[];
	attention: MeasuredWork[];
	/** Null if the step does not fit into memory. */
	step: MeasuredStep | null;
	/** Why there is no step. */
	step_error: string | null;
	/** Times of the step's kernels; null without timestamp queries. */
	kernels: MeasuredKernel[] | null;
	/** Smallest difference between two timestamps. Chrome rounds them to 100 µs. */
	timestamp_resolution_us: number | null;
	/** The chosen matmul variant of each shape class. */
	variants: { class: string; variant: string; source: "default" | "stored" | "measured" }[];
	device_class: string;
	milliseconds: number;
}

export type MeasurementPart = "peak" | "products" | "attention" | "prepare" | "step" | "kernels";

export interface MeasureProgress {
	part: MeasurementPart;
	done: number;
	total: number; // parts
}
