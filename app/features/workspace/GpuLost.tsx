// What the page says after the GPU was lost: that it restarts, when it asks for the GPU again, or that the user has to restart.
import { useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { clock } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { useEngine } from "../model/store.ts";
import { restartGpu } from "./gpu-loss.ts";

export function GpuLost() {
	const t = useT();
	const phase = useEngine((s) => s.phase);
	const error = useEngine((s) => s.error);
	const recovering = useEngine((s) => s.recovering);
	const retryAt = useEngine((s) => s.retryAt);
	if (recovering) return <Notice role="alert">{t("gpu.recovering")}</Notice>;
	if (phase !== "lost" || error === null) return null;
	return (
		<div className="grid gap-2">
			<ErrorNote error={error} keptNote actions={[{ label: "error.restart", run: () => void restartGpu() }]} />
			{retryAt !== null && <Countdown until={retryAt} ask={restartGpu} />}
		</div>
	);
}

/** When the page asks for the GPU again. */
export function Countdown({ until, ask }: { until: number; ask: () => Promise<void> }) {
	const t = useT();
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, []);
	return (
		<Notice role="note">
			<p>{t("gpu.blocked")}</p>
			<p className="num">{t("gpu.retry", { time: clock(Math.max(0, until - now) / 1000) })}</p>
			<Button onClick={() => void ask()}>{t("gpu.now")}</Button>
		</Notice>
	);
}
