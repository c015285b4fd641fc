// Helpers for the tests of formats/: fixtures from disk, deterministic random numbers, and the error that a call throws.
import { readdirSync, readFileSync } from "node:fs";
import { TabTuneError } from "../../shared/errors.ts";
import { type ModelFolder, memoryFolder } from "./model-folder.ts";

const FIXTURES = new URL("../../../fixtures/", import.meta.url);

export function fixtureBytes(path: string): Uint8Array<ArrayBuffer> {
	return new Uint8Array(readFileSync(new URL(path, FIXTURES)));
}

export function fixtureText(path: string): string {
	return readFileSync(new URL(path, FIXTURES), "utf8");
}

export function fixtureFolder(path: string): ModelFolder {
	const entries = readdirSync(new URL(`${path}/`, FIXTURES), { withFileTypes: true });
	const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
	return memoryFolder(path, Object.fromEntries(names.map((name) => [name, fixtureBytes(`${path}/${name}`)])));
}

/** Returns the TabTuneError that `action` throws; any other error, or none, fails the test. */
export async function errorOf(action: () => unknown): Promise<TabTuneError> {
	try {
		await action();
	} catch (error) {
		if (error instanceof TabTuneError) return error;
		throw error;
	}
	throw new Error("nothing was thrown");
}

/** Generates integers in [0, below); equal seeds give equal numbers (mulberry32). */
export function randomInts(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
	};
}
