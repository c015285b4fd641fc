// The same matmul and MLP step in jax-js (JAX's arrays and transformations in JavaScript, with WebGPU kernels), on the same adapter
// and binding.
import { MLP } from "./mlp.ts";

/** jax-js looks for `navigator.gpu` and a user agent. */
export async function loadJax(gpu: GPU) {
	Object.defineProperty(globalThis, "navigator", {
		value: { gpu, userAgent: `Node ${process.versions.node}` },
		configurable: true,
	});
	const jax = await import("@jax-js/jax");
	const devices = await jax.init("webgpu");
	if (!devices.includes("webgpu")) throw new Error(`jax-js found only ${devices.join(", ")}`);
	jax.defaultDevice("webgpu");
	return jax;
}

type Jax = Awaited<ReturnType<typeof loadJax>>;

/** x·Wᵀ with x: [tokens, hidden] and W: [inner, hidden]. */
export async function timeJaxMatmul({ numpy: np, jit }: Jax, tokens: number, steps: number): Promise<number[]> {
	const { hidden, inner } = MLP;
	const x = np.full([tokens, hidden], 0.05);
	const w = np.full([inner, hidden], 0.05);
	const product = jit((a: typeof x, b: typeof w) => np.matmul(a, np.transpose(b)));
	return timed(steps, async () => {
		const out = product(x.ref, w.ref);
		await out.blockUntilReady();
		out.dispose();
	});
}

export async function timeJaxMlp({ numpy: np, nn, grad, jit }: Jax, tokens: number, steps: number): Promise<number[]> {
	const { hidden, inner, r } = MLP;
	const filled = (...shape: number[]) => np.full(shape, 0.05);
	const x = filled(tokens, hidden);
	const weights = { gate: filled(inner, hidden), up: filled(inner, hidden), down: filled(hidden, inner) };
	const factors = {
		gate: { A: filled(r, hidden), B: filled(inner, r) },
		up: { A: filled(r, hidden), B: filled(inner, r) },
		down: { A: filled(r, inner), B: filled(hidden, r) },
	};
	type Arr = typeof x;
	const layer = (input: Arr, W: Arr, { A, B }: { A: Arr; B: Arr }): Arr =>
		np.add(np.matmul(input.ref, np.transpose(W)), np.matmul(np.matmul(input, np.transpose(A)), np.transpose(B)));
	const loss = (trained: typeof factors, frozen: typeof weights, input: Arr): Arr => {
		const gate = layer(input.ref, frozen.gate, trained.gate);
		const up = layer(input, frozen.up, trained.up);
		return np.sum(layer(np.multiply(nn.silu(gate), up), frozen.down, trained.down));
	};
	const step = jit(grad(loss));
	const shared = <T>(tree: T): T =>
		Object.fromEntries(
			Object.entries(tree as Record<string, unknown>).map(([key, value]) => [
				key,
				typeof value === "object" && value !== null && "ref" in value ? (value as Arr).ref : shared(value),
			]),
		) as T;
	return timed(steps, async () => {
		const gradients = step(shared(factors), shared(weights), x.ref);
		for (const { A, B } of Object.values(gradients) as { A: Arr; B: Arr }[]) {
			await A.blockUntilReady();
			await B.blockUntilReady();
			A.dispose();
			B.dispose();
		}
	});
}

/** The first call compiles and is not counted. */
async function timed(steps: number, work: () => Promise<void>): Promise<number[]> {
	const times: number[] = [];
	for (let step = 0; step <= steps; step++) {
		const started = performance.now();
		await work();
		times.push(performance.now() - started);
	}
	return times.slice(1);
}
