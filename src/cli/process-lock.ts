// A lock file that one process holds. The lock of a process that has ended is taken over: its id is free, or belongs to a process
// that started later.

import { rmSync } from "node:fs";
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";

/** A lock of another machine is abandoned if its holder has not touched it for so long. */
const ABANDONED_MS = 5 * 60_000;
const TOUCH_MS = 30_000;

interface Holder {
	readonly pid: number;
	readonly host: string;
	/** When the process started, in clock ticks since boot; null where the system does not say. */
	readonly started: string | null;
}

/**
 * @returns releases the lock, which otherwise the end of the process does
 * @throws the error of `busy`, given the id of the process that holds the lock
 */
export async function lockFile(path: string, busy: (pid: number) => Error): Promise<() => Promise<void>> {
	const own = JSON.stringify({ pid: process.pid, host: hostname(), started: await startOf(process.pid) });
	const temporary = `${path}.${process.pid}.partial`;
	await writeFile(temporary, own);
	try {
		for (;;) {
			// Creating a link fails if the lock exists, and a lock is never seen without its content.
			if (await create(path, temporary, own)) break;
			const content = await readFile(path, "utf8").catch(() => "");
			const pid = await livingHolder(path, content);
			if (pid !== null) throw busy(pid);
			await removeStale(path, content);
		}
	} finally {
		await rm(temporary, { force: true });
	}
	const timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), TOUCH_MS);
	timer.unref();
	const atExit = () => {
		try {
			rmSync(path, { force: true });
		} catch {} // The disk is read-only: the lock is that of an ended process.
	};
	process.once("exit", atExit);
	return async () => {
		clearInterval(timer);
		process.removeListener("exit", atExit);
		await rm(path, { force: true }).catch(() => undefined);
	};
}

/** @returns false if the file exists */
async function create(path: string, temporary: string, content: string): Promise<boolean> {
	const exclusive = () => writeFile(path, content, { flag: "wx" });
	try {
		await link(temporary, path).catch((cause: NodeJS.ErrnoException) => {
			if (["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP", "EMLINK"].includes(cause.code ?? "")) return exclusive(); // no hard links here
			throw cause;
		});
		return true;
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
		throw cause;
	}
}

/** The id of the process that holds a lock; null if it has ended. */
async function livingHolder(path: string, content: string): Promise<number | null> {
	let holder: Holder;
	try {
		holder = JSON.parse(content) as Holder;
	} catch {
		return null;
	}
	if (holder.host !== hostname()) {
		const touched = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
		return Date.now() - touched < ABANDONED_MS ? holder.pid : null;
	}
	if (!isRunning(holder.pid)) return null;
	const started = await startOf(holder.pid);
	return holder.started === null || started === null || holder.started === started ? holder.pid : null;
}

/** Another process may have taken the lock over since it was read; its lock is put back. */
async function removeStale(path: string, content: string): Promise<void> {
	const aside = `${path}.${process.pid}.stale.partial`;
	await rename(path, aside).catch(() => undefined);
	if ((await readFile(aside, "utf8").catch(() => content)) !== content) await link(aside, path).catch(() => undefined);
	await rm(aside, { force: true });
}

/** The 22nd field of /proc/PID/stat; the second may contain spaces. */
async function startOf(pid: number): Promise<string | null> {
	const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
	return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (cause) {
		return (cause as NodeJS.ErrnoException).code === "EPERM";
	}
}
