// Runs the merge study on the adapter in memory and the held-out rows.
import type { StudiedBase } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { useData } from "../data/store.ts";
import { adapterName, save } from "../export/actions.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useSettings } from "../settings/store.ts";
import { STUDIED, useMerging } from "./store.ts";

const SAMPLES = 3;
const ANSWER_TOKENS = 32;

export function tickBase(base: StudiedBase, on: boolean): void {
	const { bases } = useMerging.getState();
	useMerging.setState({ bases: STUDIED.filter((one) => (one === base ? on : bases.includes(one))) });
}

export async function studyMerging(): Promise<void> {
	const { api, adapter } = useEngine.getState();
	const { source, heldOut } = useData.getState();
	const { bases, running } = useMerging.getState();
	if (api === null || source === null || adapter === null || running || isBusy(useRun.getState().state)) return;
	useMerging.setState({
		running: true,
		stopping: false,
		forms: [],
		of: `${adapter.name}, ${source.name}`,
		error: null,
	});
	const { settings } = useSettings.getState();
	const request = {
		data: source,
		heldOut,
		settings,
		bases: [...bases],
		samples: SAMPLES,
		max_new_tokens: ANSWER_TOKENS,
	};
	try {
		await api.mergeStudy(request, (form) => {
			useMerging.setState(({ forms }) => ({ forms: [...forms, form] }));
			return !useMerging.getState().stopping;
		});
	} catch (error) {
		useMerging.setState({ error: toErrorInfo(error) });
	} finally {
		useMerging.setState({ running: false, stopping: false });
	}
}

export function downloadStudy(): void {
	const { forms, of } = useMerging.getState();
	const text = JSON.stringify({ of, rows: forms }, null, 2);
	save(new Blob([text], { type: "application/json" }), `${adapterName()}-merge-study.json`);
}
