// Reduces the adapter in memory to a lower rank with a slider, and shows the held-out loss and the answer at that rank.

import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { compact, loss, percent } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Slider } from "../../ui/Slider.tsx";
import { isBusy, useRun } from "../run/store.ts";
import { Locked } from "../settings/Locked.tsx";
import { endCut, keepCut, openSpectrum, tryCut } from "./actions.ts";
import { highestRank, useRank } from "./store.ts";

export function RankCutter() {
	const t = useT();
	const spectrum = useRank((s) => s.spectrum);
	if (spectrum === null) return null;
	return (
		<Panel aria-label={t("rank.cut")}>
			<h2>{t("rank.cut")}</h2>
			<p className="help">{t("rank.cutHelp")}</p>
			<Locked className="grid gap-3">
				<WholeSlider most={highestRank(spectrum)} />
				<ModuleSlider />
			</Locked>
			<Outcome />
			<Bar />
		</Panel>
	);
}

function WholeSlider({ most }: { most: number }) {
	const t = useT();
	const cut = useRank((s) => s.cut);
	return (
		<Slider
			label={t("rank.cutTo")}
			max={most}
			value={cut.rank}
			text={`${cut.rank} / ${most}`}
			onChange={(rank) => void tryCut({ ...cut, rank })}
		/>
	);
}

/** The module selected in the spectrum may have its own rank. */
function ModuleSlider() {
	const t = useT();
	const cut = useRank((s) => s.cut);
	const module = useRank((s) => s.spectrum?.find(({ path }) => path === s.picked));
	if (module === undefined) return null;
	const { path, r } = module;
	const rank = cut.ranks[path] ?? Math.min(cut.rank, r);
	return (
		<>
			<p className="help">
				<code>{path}</code>
			</p>
			<Slider
				label={t("rank.cutOne")}
				max={r}
				value={rank}
				text={`${rank} / ${r}`}
				onChange={(to) => void tryCut({ ...cut, ranks: { ...cut.ranks, [path]: to } })}
			/>
		</>
	);
}

function Outcome() {
	const t = useT();
	const { preview, answer, whole, cutting } = useRank();
	if (preview === null) return cutting ? <p className="help">{t("rank.measuring")}</p> : null;
	const { truncation, eval_loss, milliseconds } = preview;
	return (
		<div className="grid min-h-35 content-start gap-1" aria-live="polite" aria-busy={cutting}>
			<p className="num">
				{eval_loss === null ? t("rank.noHeldOut") : t("rank.loss", { loss: loss(eval_loss) })}
				{whole !== null && (
					<span className="text-muted-foreground"> · {t("rank.lossWhole", { loss: loss(whole) })}</span>
				)}
			</p>
			<p className="help num">
				{t("rank.kept", {
					energy: percent(truncation.energy),
					parameters: compact(truncation.trainableParameters),
					size: formatBytes(truncation.adapterBytes),
				})}
			</p>
			{answer !== null && (
				<>
					<p className="text-muted-foreground">{answer.prompt}</p>
					<blockquote dir="auto">{answer.text === "" ? t("compare.nothing") : answer.text}</blockquote>
					<p className="help num">
						{t("rank.took", { loss: milliseconds.toFixed(0), answer: answer.milliseconds.toFixed(0) })}
					</p>
				</>
			)}
		</div>
	);
}

function Bar() {
	const t = useT();
	const cutting = useRank((s) => s.cutting);
	const nothing = useRank((s) => s.preview?.truncation.trainableParameters === 0);
	const tried = useRank((s) => s.preview !== null);
	const busy = useRun((s) => isBusy(s.state));
	return (
		<div className="flex flex-wrap items-center gap-2">
			<Button disabled={!tried || cutting || nothing || busy} onClick={() => void keepCut()}>
				{t("rank.keep")}
			</Button>
			<Button disabled={!tried || busy} onClick={() => void endCut().then(openSpectrum)}>
				{t("rank.reset")}
			</Button>
		</div>
	);
}
