// Facts about a model before it is downloaded (size, parameters, licence, fit), then the progress of the download.

import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { clock, compact } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { FitsBadge } from "../../ui/FitsBadge.tsx";
import { Progress } from "../../ui/Input.tsx";
import { cancel, pause, start } from "./actions.ts";
import { useHub } from "./store.ts";
import { hubTexts } from "./texts.ts";

export function Offer({ busy }: { busy: boolean }) {
	const w = useT(hubTexts);
	const offer = useHub((s) => s.offer);
	const facts = useHub((s) => s.facts);
	const state = useHub((s) => s.state);
	if (offer === null) return null;
	const parameters = facts?.parameters ?? offer.parameters;
	const parts = [
		w("files", { files: offer.files, bytes: formatBytes(offer.bytes) }),
		...(offer.keptBytes > 0 && state === "idle" ? [w("kept", { bytes: formatBytes(offer.keptBytes) })] : []),
		...(parameters === null ? [] : [w("parameters", { n: compact(parameters) })]),
		...(facts === null ? [] : [`${facts.model_type}, ${facts.dtype}`]),
		offer.license ?? w("noLicence"),
		...(offer.unverified > 0 ? [w("unverified", { n: offer.unverified })] : []),
	];
	return (
		<div role="note" className="grid gap-2">
			<p>
				<strong>{offer.name}</strong> {offer.commit !== null && <code>{offer.commit.slice(0, 8)}</code>}{" "}
				{facts !== null && <FitsBadge fits={facts.fits} />}
			</p>
			<p className="num">{parts.join(" · ")}</p>
			{facts === null && state !== "looking" && <p className="help">{w("fitLater")}</p>}
			<TooBig />
			<HowFar />
			<div className="flex flex-wrap items-center gap-2">
				{state === "loading" ? (
					<Button onClick={() => void pause()}>{w("pause")}</Button>
				) : (
					<Button disabled={busy || state === "looking"} onClick={() => void start()}>
						{w(state === "paused" || offer.keptBytes > 0 ? "resume" : "download")}
					</Button>
				)}
				{(state === "loading" || state === "paused") && (
					<Button kind="quiet" onClick={() => void cancel()}>
						{w("cancel")}
					</Button>
				)}
			</div>
		</div>
	);
}

function TooBig() {
	const t = useT();
	const w = useT(hubTexts);
	const tooBig = useHub((s) => s.facts?.fits === "too-big");
	const fitsAs = useHub((s) => s.fitsAs);
	if (!tooBig) return null;
	const forms = fitsAs.map((dtype) => t(`model.precision.${dtype}`)).join(", ");
	return (
		<p className="text-xs text-destructive">
			{w("tooBig")} {fitsAs.length > 0 ? w("tooBigFits", { forms }) : w("tooBigNone")}
		</p>
	);
}

function HowFar() {
	const w = useT(hubTexts);
	const state = useHub((s) => s.state);
	const progress = useHub((s) => s.progress);
	const speed = useHub((s) => s.speed);
	if (progress === null || (state !== "loading" && state !== "paused")) return null;
	const { done, total, retryMilliseconds } = progress;
	const left = speed === null || speed <= 0 ? [] : [w("left", { time: clock((total - done) / speed) })];
	const how =
		state === "paused"
			? [w("paused")]
			: retryMilliseconds > 0
				? [w("waits", { time: clock(retryMilliseconds / 1000) })]
				: left;
	return (
		<>
			<Progress value={done} max={total} aria-label={w("title")} />
			<p className="num">
				{[w("progress", { done: formatBytes(done), total: formatBytes(total) }), ...how].join(" · ")}
			</p>
		</>
	);
}
