// Caches compiled pipelines by their complete WGSL text; the device counts how many it creates.
import type { Gpu } from "../device/gpu.ts";
import { type KernelCall, type KernelSpec, shaderText } from "./kernel.ts";

export interface CompiledKernel {
	readonly pipeline: GPUComputePipeline;
	readonly layout: GPUBindGroupLayout;
}

export class Pipelines {
	private readonly layouts = new Map<string, GPUBindGroupLayout>();
	private readonly compiled = new Map<string, Promise<CompiledKernel>>();

	constructor(readonly gpu: Gpu) {}

	/** The pipeline of a call, compiled on first use. */
	get({ kernel, constants }: Pick<KernelCall, "kernel" | "constants">): Promise<CompiledKernel> {
		const text = shaderText(kernel, constants);
		let compiled = this.compiled.get(text);
		if (compiled === undefined) {
			compiled = this.compile(kernel, text);
			this.compiled.set(text, compiled);
		}
		return compiled;
	}

	private async compile(kernel: KernelSpec, text: string): Promise<CompiledKernel> {
		const { device } = this.gpu;
		const module = device.createShaderModule({ label: kernel.name, code: text });
		const layout = this.bindGroupLayout(kernel);
		this.gpu.created.pipelines++;
		try {
			const creating = device.createComputePipelineAsync({
				label: kernel.name,
				layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
				compute: { module, entryPoint: "main" },
			});
			return { pipeline: await this.gpu.settled(creating), layout };
		} catch (cause) {
			this.gpu.assertAlive();
			const { messages } = await this.gpu.settled(module.getCompilationInfo());
			const lines = text.split("\n");
			const details = messages.map((m) => `${m.lineNum}:${m.linePos} ${m.message}\n    ${lines[m.lineNum - 1] ?? ""}`);
			throw new Error(`kernel ${kernel.name} does not compile:\n${details.join("\n") || String(cause)}`, { cause });
		}
	}

	private bindGroupLayout(kernel: KernelSpec): GPUBindGroupLayout {
		const key = kernel.bindings.map(({ access }) => access).join();
		let layout = this.layouts.get(key);
		if (layout === undefined) {
			const visibility = 4; // GPUShaderStage.COMPUTE, missing as a global in Node
			layout = this.gpu.device.createBindGroupLayout({
				entries: [
					{ binding: 0, visibility, buffer: { type: "uniform" } },
					{ binding: 1, visibility, buffer: { type: "uniform" } },
					...kernel.bindings.map(({ access }, i) => ({
						binding: i + 2,
						visibility,
						buffer: { type: access === "read" ? ("read-only-storage" as const) : ("storage" as const) },
					})),
				],
			});
			this.layouts.set(key, layout);
		}
		return layout;
	}
}
