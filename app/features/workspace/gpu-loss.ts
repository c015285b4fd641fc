// What the page does when the GPU is lost: it restarts the engine and continues the run from its last checkpoint, once by itself
// and then at the user's request.
import { compareSides } from "../compare/actions.ts";
import { useCompare } from "../compare/store.ts";
import { recoverEngine } from "../model/actions.ts";
import { useEngine } from "../model/store.ts";
import { type LatestRun, notify, pauseRun, resumeRun, takeLostRun } from "../run/actions.ts";
import { resumeFrom } from "../run/runs-actions.ts";
import { canContinue } from "../run/runs-store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { begin, restart } from "./startup.ts";

/** Chromium gives no GPU to a page while two losses are less than this old, in milliseconds. */
const BLOCKED = 120_000;
/** Time between two requests while the browser gives no GPU. */
const RETRY = 10_000;
/** The longest time that a run takes to end after the GPU was lost. */
const PATIENCE = 60_000;
/** Time after which the page asks no more: the browser has to be restarted. */
const GIVE_UP = 300_000;

const KEY = "tabtune.gpu-losses";

/** Whether the page recovers from the next loss by itself: once for each run or restart. */
let byItself = true;
/** When the GPU was lost in this tab, also before a reload. */
const losses: number[] = readLosses();
/** The run that the last loss ended, with its last step. */
let ended: { run: LatestRun; step: number; paused: boolean } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function readLosses(): number[] {
	try {
		const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
		return Array.isArray(kept) ? kept.filter((time) => typeof time === "number") : [];
	} catch {
		return [];
	}
}

function noteLoss(): void {
	losses.push(Date.now());
	try {
		sessionStorage.setItem(KEY, JSON.stringify(losses.slice(-2)));
	} catch {
		// Without storage a reload forgets them.
	}
}

export function watchGpuLoss(): void {
	useEngine.subscribe((now, before) => {
		if (now.phase === "lost" && before.phase !== "lost" && !before.recovering) void lost();
		// The page was loaded while the browser gives no GPU.
		if (now.phase === "no-gpu" && before.phase !== "no-gpu" && losses.length > 0) askAgain(restart);
	});
	useRun.subscribe((now, before) => {
		if (now.state !== before.state && (now.state === "finished" || now.state === "stopped")) byItself = true;
	});
}

async function lost(): Promise<void> {
	noteLoss();
	if (byItself) useEngine.setState({ recovering: true });
	const { state } = useRun.getState();
	// A paused run waits in the worker; it ends with the loss at its next step.
	if (state === "paused") void resumeRun();
	await runEnds();
	const run = takeLostRun();
	ended = run && { run, step: useRun.getState().step, paused: state === "paused" };
	if (!byItself) {
		if (ended !== null) notify("failed");
		return;
	}
	byItself = false;
	await recover(true);
}

/** Restarts the engine at the user's request. */
export async function restartGpu(): Promise<void> {
	byItself = true;
	useEngine.setState({ recovering: true });
	await runEnds();
	await recover(false);
}

/** @param continues whether the run that was lost continues; otherwise the page offers to resume it */
async function recover(continues: boolean): Promise<void> {
	clearTimeout(timer);
	// A run that does not end keeps the worker: a new one is started, and the page offers to resume the run.
	if (isBusy(useRun.getState().state)) return restart();
	const result = await recoverEngine();
	if (result === "none") askAgain(() => recover(continues));
	if (result !== "ready") return;
	// An answer that was being generated is generated again.
	const answering = useCompare.getState().error?.code === "device-lost";
	if (answering) useCompare.setState({ error: null });
	const run = continues ? ended : null;
	ended = null;
	if (run === null) useRun.setState(({ error }) => (error?.code === "device-lost" ? { error: null } : {}));
	await begin(run === null);
	if (run !== null) await continueRun(run);
	else if (answering) await compareSides();
}

async function continueRun({ run, step, paused }: NonNullable<typeof ended>): Promise<void> {
	const { api } = useEngine.getState();
	const records = (await api?.runs().catch(() => [])) ?? [];
	const record = records.find(({ id, created }) => (run.id === null ? created >= run.since : id === run.id));
	// A run that is not stored, or not yet, starts again.
	const end = record !== undefined && canContinue(record) ? resumeFrom(record, step) : run.again(step);
	if (paused) void pauseRun();
	await end;
}

/** Asks again when the browser may give a GPU. */
function askAgain(ask: () => Promise<void>): void {
	clearTimeout(timer);
	const [before = 0, last = Date.now()] = losses.length < 2 ? [0, losses[0]] : losses.slice(-2);
	if (Date.now() - last > GIVE_UP) return;
	// The block ends when only one of the losses is recent.
	const retryAt = Math.max(Date.now() + RETRY, before + BLOCKED);
	useEngine.setState({ retryAt });
	timer = setTimeout(() => void ask(), retryAt - Date.now());
}

/** Waits until the run that lost the GPU has ended: it may be saving a checkpoint. */
function runEnds(): Promise<void> {
	return new Promise((resolve) => {
		const end = () => {
			clearTimeout(limit);
			stop();
			resolve();
		};
		const done = () => void (isBusy(useRun.getState().state) || end());
		const limit = setTimeout(end, PATIENCE);
		const stop = useRun.subscribe(done);
		done();
	});
}
