// Runs the GPU tests of the engine on this device: every op and kernel against the TypeScript reference, with the largest error
// of each op.
import { observeComparisons } from "../../src/engine/executor/compare.ts";
import { KERNELS } from "../../src/engine/kernels/kernel.ts";
import { Pipelines } from "../../src/engine/kernels/pipelines.ts";
import { registered } from "./vitest.ts";

const FILES = import.meta.glob([
	"../../src/engine/{graph,kernels}/**/*.gpu.test.ts",
	"!../../src/engine/kernels/autotune.gpu.test.ts", // measures times
]);

export interface Correctness {
	readonly passed: number;
	readonly failed: readonly { readonly test: string; readonly error: string }[];
	/** Test files that the time limit left no time for. */
	readonly notRun: readonly string[];
	readonly ops: readonly {
		readonly op: string;
		readonly compared: number; // tensors
		readonly largest_error: number; // relative to the largest value of its tensor
		readonly tolerance: number; // of that tensor
	}[];
	/** Pipelines of each kernel that were compiled. */
	readonly kernels: Readonly<Record<string, number>>;
	readonly kernelsNotRun: readonly string[];
	readonly seconds: number;
}

export async function runTests(deadline: number, say: (line: string) => void): Promise<Correctness> {
	const started = performance.now();
	const ops = new Map<string, { compared: number; largest_error: number; tolerance: number }>();
	observeComparisons(({ op, relative, tolerance }) => {
		const row = ops.get(op) ?? { compared: 0, largest_error: -1, tolerance };
		const worse = !(relative <= row.largest_error);
		ops.set(op, { compared: row.compared + 1, ...(worse ? { largest_error: relative, tolerance } : row) });
		const seen = ops.get(op);
		if (seen !== undefined) seen.compared = row.compared + 1;
	});
	const kernels = countKernels();
	const failed: Correctness["failed"][number][] = [];
	const notRun: string[] = [];
	let passed = 0;
	for (const [path, load] of Object.entries(FILES)) {
		const file = path.replace(/^.*\//, "").replace(".gpu.test.ts", "");
		if (performance.now() > deadline) {
			notRun.push(file);
			continue;
		}
		registered.cases = [];
		registered.after = [];
		const began = performance.now();
		let done = 0;
		try {
			await load();
			for (const { name, run } of registered.cases) {
				if (performance.now() > deadline) break;
				done++;
				try {
					await run();
					passed++;
				} catch (error) {
					failed.push({ test: `${file}: ${name}`, error: String(error).slice(0, 2000) });
				}
			}
			for (const after of registered.after) await after();
		} catch (error) {
			failed.push({ test: file, error: String(error).slice(0, 2000) });
		}
		const rest = registered.cases.length - done;
		if (rest > 0) notRun.push(`${file} (${rest} of ${registered.cases.length} tests)`);
		say(`  ${file}: ${done} tests, ${((performance.now() - began) / 1000).toFixed(1)} s`);
	}
	observeComparisons(() => undefined);
	const used = kernels();
	return {
		passed,
		failed,
		notRun,
		ops: [...ops].map(([op, row]) => ({ op, ...row })).sort((a, b) => a.op.localeCompare(b.op)),
		kernels: used,
		kernelsNotRun: KERNELS.map(({ name }) => name).filter((name) => !(name in used) && !NOT_OPS.has(name)),
		seconds: (performance.now() - started) / 1000,
	};
}

/** Kernels that compute no op: the lane check, and the two of the peaks. */
const NOT_OPS = new Set(["lanes", "multiply-add", "copy-words"]);

/** Counts the variants that are compiled from now on. @returns the count of each kernel so far */
function countKernels(): () => Record<string, number> {
	const variants = new Map<string, Set<string>>();
	const { get } = Pipelines.prototype;
	Pipelines.prototype.get = function (call) {
		const { name } = call.kernel;
		const of = variants.get(name) ?? new Set();
		of.add(JSON.stringify(call.constants));
		variants.set(name, of);
		return get.call(this, call);
	};
	return () => {
		Pipelines.prototype.get = get;
		return Object.fromEntries([...variants].map(([name, of]) => [name, of.size]));
	};
}
