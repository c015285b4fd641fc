// The output folder of a training run: what it may replace, whose run it is, the lock, and the files that a process that was
// killed left behind.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Adapter } from "../engine/adapters/adapter.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import type { RunIdentity } from "../engine/train/checkpoint/identity.ts";
import { cliError } from "./cli-error.ts";
import { exists, storageError, writeWhole } from "./node-files.ts";
import { isRunning, lockFile } from "./process-lock.ts";
import { finishAdapterFiles, isModelCard, writeTrained } from "./trained.ts";

/** Which run the folder holds. Checkpoints of other runs in it are older. */
const RUN_FILE = ".tabtune-run.json";
const LOCK = ".tabtune.lock";

/** The files of a run that a new run replaces. */
const REPLACED =
	/^(README\.md|adapter_model\.safetensors|adapter_config\.json|run\.json|metrics\.jsonl|samples\.jsonl|(lora|prompt_tuning|bottleneck)|(config\.json|model\.safetensors)|checkpoint-\d+)$/;

interface RunFile {
	readonly run: string;
	/** The checkpoint from which the run branched off another. */
	readonly branched_from?: string;
	/** Set until the run ends, for a run that began with a new adapter: its settings are enough to begin it again. */
	readonly running?: true;
	/** SHA-256 of the model card that was written. */
	readonly readme?: string;
}

/** The run of the folder; null for one of an older version, or of none. */
export async function runFileOf(path: string): Promise<RunFile | null> {
	try {
		const file = JSON.parse(await readFile(join(path, RUN_FILE), "utf8")) as RunFile;
		return typeof file.run === "string" ? file : null;
	} catch {
		return null;
	}
}

/**
 * Checks, without writing, that a run may write to the folder.
 * @throws TabTuneError "usage" for files that are not of a TabTune run, unless they may be replaced
 */
export async function checkRunFolder(path: string, overwrite: boolean): Promise<void> {
	const entries = await readdir(path, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === "ENOENT") return [];
		throw storageError(path, cause);
	});
	const folder = entries.find(
		(entry) => entry.isDirectory() && /^[^.].*\.(json|jsonl|safetensors|md)$/.test(entry.name),
	);
	if (folder !== undefined && REPLACED.test(folder.name))
		throw cliError("usage", {
			what: `${folder.name} is a folder, but a file with that name has to be written`,
			where: path,
			next: "remove or rename it, or choose another --output-dir",
		});
	const names = entries.map(({ name }) => name).filter((name) => REPLACED.test(name));
	if (overwrite || names.length === 0 || (await isRunFolder(path))) return;
	throw cliError("usage", {
		what: `the folder contains files that no TabTune run wrote and that would be replaced: ${names.sort().join(", ")}`,
		where: path,
		next: "choose an empty --output-dir, or add --overwrite-output-dir (README.md and checkpoints are kept even then)",
	});
}

/** Older versions wrote no run file; their run.json has every setting. */
async function isRunFolder(path: string): Promise<boolean> {
	if ((await runFileOf(path)) !== null) return true;
	try {
		return "gradient_accumulation_steps" in JSON.parse(await readFile(join(path, "run.json"), "utf8"));
	} catch {
		return false;
	}
}

/**
 * Locks the folder, creating it if it is missing, and removes what killed processes left.
 * @returns releases the lock
 * @throws TabTuneError "busy" while another process trains in the folder, "storage" if it cannot be written to
 */
export async function lockRunFolder(path: string): Promise<() => Promise<void>> {
	try {
		await mkdir(path, { recursive: true });
		const unlock = await lockFile(join(path, LOCK), (pid) =>
			cliError("busy", {
				what: `process ${pid} is training in this folder`,
				where: path,
				next: "wait for it, or choose another --output-dir",
			}),
		);
		await removePartial(path);
		await finishAdapterFiles(path);
		return unlock;
	} catch (cause) {
		// A recursive mkdir on a read-only disk fails with ENOENT.
		if ((cause as NodeJS.ErrnoException).code === "ENOENT")
			throw cliError(
				"storage",
				{ what: "the folder cannot be created", where: path, next: "choose a writable folder" },
				{ cause },
			);
		throw storageError(path, cause);
	}
}

/** Removes what ended processes left half-written. A checkpoint that was being replaced is put back. */
async function removePartial(path: string): Promise<void> {
	for (const name of await readdir(path)) {
		const [, target = "", pid, kind] = /^\.(.+)\.(\d+)(\.\w+)?\.partial$/.exec(name) ?? [];
		if (pid === undefined || (Number(pid) !== process.pid && isRunning(Number(pid)))) continue;
		if (kind === ".old" && !(await exists(join(path, target)))) await rename(join(path, name), join(path, target));
		else await rm(join(path, name), { recursive: true, force: true });
	}
}

/** Records which run the folder holds from now on. */
export async function writeRunFile(
	path: string,
	{ id, continues }: RunIdentity,
	branched_from?: string,
): Promise<void> {
	const { readme } = (await runFileOf(path)) ?? {};
	const running = continues ? {} : { running: true as const };
	await putRunFile(path, { run: id, ...running, ...(branched_from && { branched_from }), ...(readme && { readme }) });
}

/** Records that the run of the folder has ended with its adapter saved. */
export async function endRunFile(path: string): Promise<void> {
	const file = await runFileOf(path);
	if (file === null) return;
	const { running: _running, ...ended } = file;
	await putRunFile(path, ended);
}

const putRunFile = (path: string, file: RunFile) =>
	writeWhole(join(path, RUN_FILE), `${JSON.stringify(file, null, 2)}\n`);

/** Writes the adapter of the run. A README.md that was edited since TabTune wrote it, or that it did not write, is kept. */
export async function writeRunAdapter(path: string, model: LoadedModel, adapter: Adapter): Promise<void> {
	const run = await runFileOf(path);
	const present = await readFile(join(path, "README.md"), "utf8").catch(() => null);
	const edited = present !== null && run?.readme !== undefined && sha256(present) !== run.readme;
	await writeTrained(path, model, adapter, edited);
	const written = await readFile(join(path, "README.md"), "utf8").catch(() => null);
	if (run !== null && written !== null && !edited && isModelCard(written))
		await putRunFile(path, { ...run, readme: sha256(written) });
}

const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");
