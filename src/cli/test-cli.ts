// Runs the command for tests, in a child process, and returns its output and status.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { bytesSource, decodeToFloat32, openSafetensors } from "../engine/formats/index.ts";

export interface CliRun {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export function tabtune(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliRun> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, ["scripts/tabtune.mjs", ...args], {
			env: { ...process.env, ...env },
			stdio: ["ignore", "pipe", "pipe"],
		});
		let stdout = "";
		let stderr = "";
		child.stdout.on("data", (piece: Buffer) => {
			stdout += piece.toString();
		});
		child.stderr.on("data", (piece: Buffer) => {
			stderr += piece.toString();
		});
		child.on("error", reject);
		child.on("close", (status) => resolve({ status, stdout, stderr }));
	});
}

export interface FloatTensor {
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

/** All float tensors of a safetensors file. */
export async function readTensors(path: string): Promise<Map<string, FloatTensor>> {
	return tensorsOf(new Uint8Array(await readFile(path)), path);
}

export async function tensorsOf(bytes: Uint8Array, name: string): Promise<Map<string, FloatTensor>> {
	const file = await openSafetensors(bytesSource(bytes), name);
	const tensors = new Map<string, FloatTensor>();
	for (const [tensor, { dtype, shape }] of file.tensors) {
		if (dtype === "F32" || dtype === "BF16")
			tensors.set(tensor, { shape, values: decodeToFloat32(await file.readTensor(tensor), dtype) });
	}
	return tensors;
}

/** The largest |a - b|, divided by the largest |b|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
	let worst = 0;
	let scale = 0;
	for (let i = 0; i < b.length; i++) {
		worst = Math.max(worst, Number.isFinite(a[i]) ? Math.abs(a[i] - b[i]) : Number.POSITIVE_INFINITY);
		scale = Math.max(scale, Math.abs(b[i]));
	}
	return a.length === b.length ? worst / scale : Number.POSITIVE_INFINITY;
}

/** B · A, row by row. A: [r, in], B: [out, r] */
export function product(B: FloatTensor | undefined, A: FloatTensor | undefined): Float32Array {
	if (A === undefined || B === undefined) throw new Error("a matrix is missing");
	const [r, columns] = A.shape;
	const out = new Float32Array(B.shape[0] * columns);
	for (let i = 0; i < B.shape[0]; i++)
		for (let k = 0; k < r; k++)
			for (let j = 0; j < columns; j++) out[i * columns + j] += B.values[i * r + k] * A.values[k * columns + j];
	return out;
}
