// Compiles WGSL for GPUs that this machine does not have: Dawn translates it to SPIR-V on lavapipe, and Mesa's RADV driver
// compiles that on null hardware.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ICDS = "/usr/share/vulkan/icd.d";
const HERE = resolve("bench/gpu-lab");

export interface Compiled {
	/** The GPU's assembly. */
	readonly assembly: string;
	readonly vgprs: number;
	readonly spilledVgprs: number;
	readonly ldsBytes: number;
	/** Waves that fit on a SIMD unit with these registers and this workgroup memory. */
	readonly wavesPerSimd: number;
	/** Processor time that the driver took, without its cache. */
	readonly compileMs: number;
	/** Bytes of the SPIR-V. */
	readonly spirvBytes: number;
}

/** What the lab needs that is not installed, with the way to get it. */
export function missingTools(): string[] {
	const found = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
	const tests: [boolean, string][] = [
		[process.platform === "linux", "Linux: RADV runs nowhere else"],
		[found("gcc"), "gcc (Debian: apt-get install gcc)"],
		[found("spirv-as"), "spirv-as (Debian: apt-get install spirv-tools)"],
		[existsSync("/usr/include/vulkan/vulkan.h"), "Vulkan's headers (Debian: apt-get install libvulkan-dev)"],
		...["radeon", "lvp"].map((name): [boolean, string] => [
			existsSync(`${ICDS}/${name}_icd.json`) || existsSync(`${ICDS}/${name}_icd.x86_64.json`),
			`Mesa 25 or newer with ${name === "lvp" ? "lavapipe" : "RADV"} (Debian: apt-get install mesa-vulkan-drivers; on Debian 12 with -t bookworm-backports)`,
		]),
	];
	return tests.filter(([ok]) => !ok).map(([, what]) => what);
}

const icd = (name: string) =>
	[`${ICDS}/${name}_icd.json`, `${ICDS}/${name}_icd.x86_64.json`].find(existsSync) ?? `${ICDS}/${name}_icd.json`;

/**
 * Compiles shaders for a GPU.
 * @param family RADV's name of the GPU: "navi33", "navi21", "polaris10"
 * @param folder keeps the SPIR-V and the assembly; a shader whose text is known is not translated again
 * @throws Error with the compiler's words
 */
export function compileFor(family: string, texts: readonly string[], folder: string): Compiled[] {
	mkdirSync(folder, { recursive: true });
	const bases = texts.map((text) => join(folder, hash(text)));
	const unknown = [...new Map(bases.map((base, i) => [base, texts[i]]))].filter(([base]) => !existsSync(`${base}.spv`));
	for (let at = 0; at < unknown.length; at += BATCH) translate(unknown.slice(at, at + BATCH));
	const source = join(HERE, "radv_compile.c");
	const compiler = join(folder, `radv_compile-${hash(readFileSync(source, "utf8"))}`);
	if (!existsSync(compiler)) run("gcc", ["-O1", "-w", source, "-o", compiler, "-lvulkan"]);
	const distinct = [...new Set(bases)];
	const { stdout } = run(
		compiler,
		distinct.map((base) => `${base}.spv`),
		{
			VK_ICD_FILENAMES: icd("radeon"),
			XDG_RUNTIME_DIR: folder,
			RADV_FORCE_FAMILY: family,
			MESA_SHADER_CACHE_DISABLE: "true",
		},
	);
	const stats = stdout
		.trim()
		.split("\n")
		.map((line): Record<string, number> => JSON.parse(line));
	const compiled = new Map(distinct.map((base, i) => [base, read(base, stats[i])]));
	return bases.map((base) => compiled.get(base) as Compiled);
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Shaders that one process translates. */
const BATCH = 16;

function translate(shaders: readonly (readonly [string, string])[]): void {
	for (const [base, text] of shaders) writeFileSync(`${base}.wgsl`, text);
	const files = shaders.map(([base]) => `${base}.wgsl`);
	const { stdout, stderr } = run(process.execPath, [join(HERE, "dump-spirv.mjs"), ...files], {
		VK_ICD_FILENAMES: icd("lvp"),
	});
	const dumps = (stdout + stderr).split("; SPIR-V").slice(1);
	if (dumps.length !== shaders.length) throw new Error(`${shaders.length} shaders, but ${dumps.length} SPIR-V texts`);
	for (const [i, [base]] of shaders.entries()) {
		const end = dumps[i].lastIndexOf("OpFunctionEnd") + "OpFunctionEnd".length;
		// An extension of lavapipe's that RADV does not have.
		const lines = `; SPIR-V${dumps[i].slice(0, end)}`
			.split("\n")
			.filter((line) => !/MaximallyReconverges|maximal_reconvergence/.test(line));
		writeFileSync(`${base}.spvasm`, `${lines.join("\n")}\n`);
		run("spirv-as", ["--target-env", "spv1.4", `${base}.spvasm`, "-o", `${base}.spv`]);
	}
}

function read(base: string, stats: Record<string, number>): Compiled {
	return {
		assembly: readFileSync(`${base}.s`, "utf8"),
		vgprs: stats.VGPRs,
		spilledVgprs: stats["Spilled VGPRs"],
		ldsBytes: stats["LDS size"],
		wavesPerSimd: Math.max(1, stats["Subgroups per SIMD"]),
		compileMs: stats.compile_ms,
		spirvBytes: statSync(`${base}.spv`).size,
	};
}

interface Output {
	readonly stdout: string;
	readonly stderr: string;
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): Output {
	const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 29, env: { ...process.env, ...env } });
	if (result.status !== 0)
		throw new Error(`${command}: ${result.error?.message ?? `${result.stdout}${result.stderr}`.slice(-2000)}`);
	return result;
}
