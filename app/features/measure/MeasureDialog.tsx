// "Measure this device": starts and cancels the measurement, shows its progress, and copies the result. Loaded when it is opened.
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Progress } from "../../ui/Input.tsx";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useUi } from "../workspace/store.ts";
import { MeasureResult } from "./MeasureResult.tsx";
import { cancelMeasuring, copyMeasurement, measure, useMeasure } from "./store.ts";
import { measureTexts } from "./texts.ts";

export function MeasureDialog() {
	const w = useT(measureTexts);
	const open = useUi((s) => s.measuring);
	const ready = useEngine((s) => s.phase === "ready");
	const busy = useRun((s) => isBusy(s.state));
	const { progress, cancelling, result, copied, error } = useMeasure();
	const close = () => {
		cancelMeasuring();
		useUi.setState({ measuring: false });
	};
	return (
		<Dialog
			open={open}
			onClose={close}
			size="wide"
			title={w("title")}
			description={w("intro")}
			footer={
				<>
					{progress !== null && (
						<Button disabled={cancelling} onClick={cancelMeasuring}>
							{w(cancelling ? "cancelling" : "cancel")}
						</Button>
					)}
					{progress === null && result !== null && (
						<>
							<Button onClick={() => void copyMeasurement("json")}>
								{w(copied === "json" ? "copied" : "copyJson")}
							</Button>
							<Button onClick={() => void copyMeasurement("markdown")}>
								{w(copied === "markdown" ? "copied" : "copyMarkdown")}
							</Button>
						</>
					)}
					<Button
						kind={result === null ? "primary" : "plain"}
						disabled={!ready || busy || progress !== null}
						data-autofocus
						onClick={() => void measure()}
					>
						{w(result === null ? "start" : "again")}
					</Button>
				</>
			}
		>
			{busy ? <p className="help">{w("busy")}</p> : !ready && <p className="help">{w("noModel")}</p>}
			{progress !== null && (
				<div className="grid gap-1">
					<Progress aria-label={w("progress")} value={progress.done} max={progress.total} />
					<p className="help num" aria-live="polite">
						{w("part", { part: w(progress.part), n: progress.done + 1, all: progress.total })}
					</p>
				</div>
			)}
			{error !== null && (
				<ErrorNote
					error={error}
					actions={[{ label: "error.dismiss", run: () => useMeasure.setState({ error: null }) }]}
				/>
			)}
			{progress === null && result !== null && <MeasureResult w={w} result={result} />}
		</Dialog>
	);
}
