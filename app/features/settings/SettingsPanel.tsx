// Settings of the next run: rank, steps and learning rate with their cost, all others under More with a description and
// their field name.

import { useId, useState } from "react";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { lossUses, rowsOfLoss } from "../../../src/shared/losses.ts";
import { methodsOf } from "../../../src/shared/setting-values.ts";
import {
	type RunSettings,
	SETTING_NAMES,
	SETTINGS,
	type SettingGroup,
	type SettingName,
} from "../../../src/shared/settings.ts";
import { useT } from "../../i18n/index.ts";
import { about, compact, count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { DescriptionItem, DescriptionList } from "../../ui/DescriptionList.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { FileButton } from "../../ui/FileButton.tsx";
import { FitsBadge } from "../../ui/FitsBadge.tsx";
import { Input } from "../../ui/Input.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { useData } from "../data/store.ts";
import { downloadRunJson } from "../export/actions.ts";
import { useEngine } from "../model/store.ts";
import { useRuns } from "../run/runs-store.ts";
import { storageNeed } from "../run/storage-need.ts";
import { isBusy, useRun } from "../run/store.ts";
import { refusedSettings } from "../workspace/startup.ts";
import { Locked } from "./Locked.tsx";
import { applyPreset, PRESET_NAMES } from "./presets.ts";
import { SettingField } from "./SettingField.tsx";
import { editField, loadRunJson, useSettings } from "./store.ts";
import { rankLimit } from "./suggestions.ts";

const OPEN: readonly SettingName[] = ["r", "max_steps", "learning_rate"];
const GROUPS: readonly SettingGroup[] = ["method", "lora", "optimiser", "data", "saving"];

export function SettingsPanel() {
	const t = useT();
	return (
		<Panel aria-label={t("settings.title")}>
			<h2>
				{t("settings.title")} <LockedNote />
			</h2>
			{refusedSettings.length > 0 && (
				<p className="problem">{t("settings.refused", { list: refusedSettings.join(", ") })}</p>
			)}
			<Locked className="grid gap-3">
				<SettingField name="r" />
				<RankSlider />
				<Cost />
				<SettingField name="max_steps" />
				<SettingField name="learning_rate" asText />
				<Suggested />
			</Locked>
			<Collapsible line={t("settings.more")}>
				<Locked className="grid gap-3">
					<Presets />
					<RunJson />
				</Locked>
				<AllFields />
			</Collapsible>
		</Panel>
	);
}

function LockedNote() {
	const t = useT();
	return useRun((s) => isBusy(s.state)) ? <span className="help font-normal">{t("settings.locked")}</span> : null;
}

/** Whether a setting has an effect on a run with these methods and settings. A setting of another loss is shown if it is not at its default. */
function appliesTo(methods: readonly string[], settings: RunSettings, name: SettingName): boolean {
	const { source, default: usual } = SETTINGS[name];
	const { loss_type } = settings;
	if (settings[name] === usual && !lossUses(loss_type, rowsOfLoss(loss_type) ?? "pairs", name)) return false;
	if (source === "prompt") return methods.includes("prompt_tuning");
	return source !== "bottleneck" || methods.includes("bottleneck");
}

/**
 * All other settings, by group, without those of other methods. The search finds every setting by its name, field name or
 * description.
 */
function AllFields() {
	const t = useT();
	const id = useId();
	const [query, setQuery] = useState("");
	const wanted = query.trim().toLowerCase();
	const settings = useSettings((s) => s.settings);
	const methods = methodsOf(settings);
	const matches = (name: SettingName) =>
		wanted === ""
			? appliesTo(methods, settings, name)
			: [name, t(`field.${name}`), t(`help.${name}`)].some((text) => text.toLowerCase().includes(wanted));
	const groups = GROUPS.map((group) => ({
		group,
		names: SETTING_NAMES.filter((name) => SETTINGS[name].group === group && !OPEN.includes(name) && matches(name)),
	})).filter(({ names }) => names.length > 0);
	return (
		<>
			<label className="sr-only" htmlFor={id}>
				{t("settings.search")}
			</label>
			<Input
				id={id}
				type="search"
				className="mt-3 w-full"
				placeholder={t("settings.search")}
				value={query}
				onChange={(event) => setQuery(event.target.value)}
			/>
			<section
				aria-label={t("settings.more")}
				// biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and during a run nothing inside can have the focus
				tabIndex={0}
				className="md:-mx-3 md:max-h-120 md:overflow-y-auto md:px-3"
			>
				<Locked>
					{groups.length === 0 && <p className="help">{t("settings.noMatch")}</p>}
					{groups.map(({ group, names }) => (
						<div key={group} className="mt-3 grid gap-3 border-t pt-3">
							<h3>{t(`group.${group}`)}</h3>
							{names.map((name) => (
								<SettingField key={name} name={name} explained />
							))}
						</div>
					))}
				</Locked>
			</section>
		</>
	);
}

/** Which of the suggestions follow the model and the rows. */
function Suggested() {
	const t = useT();
	const model = useEngine((s) => (s.source.kind === "demo" ? null : s.model));
	const rate = useSettings((s) => s.settings.learning_rate === s.baseline.learning_rate);
	const steps = useSettings((s) => s.stepsFollow);
	const rows = useData((s) => s.info?.rows ?? null);
	const said = [
		steps && rows !== null ? t("settings.stepsFor", { rows: count(rows) }) : "",
		model !== null && rate ? t("settings.rateFor", { n: compact(model.parameters) }) : "",
	].filter((text) => text !== "");
	return said.length === 0 ? null : <p className="help">{said.join(" ")}</p>;
}

/** Loads and saves settings in the format of the command line. */
function RunJson() {
	const t = useT();
	const [said, setSaid] = useState<string | null>(null);
	const take = async (file: File | undefined) => {
		if (file === undefined) return;
		const { loaded, refused } = loadRunJson(await file.text());
		setSaid(
			refused.length === 0
				? t("settings.taken", { n: loaded })
				: t("settings.takenSome", { n: loaded, list: refused.join(", ") }),
		);
	};
	return (
		<div className="flex flex-wrap items-center gap-2">
			<FileButton
				label={t("settings.loadJson")}
				accept=".json,application/json"
				onFiles={([file]) => void take(file)}
			/>
			<Button onClick={downloadRunJson}>{t("settings.saveJson")}</Button>
			<span className="help" aria-live="polite">
				{said}
			</span>
		</div>
	);
}

/** The rank in powers of two. Its label differs from the spin button's, so that each can be found by name. */
const STOPS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

function RankSlider() {
	const t = useT();
	const id = useId();
	const settings = useSettings((s) => s.settings);
	const limit = rankLimit(
		useEngine((s) => s.model),
		settings,
	);
	const { r } = settings;
	const stops = limit === null ? STOPS : [...STOPS.filter((s) => s < limit), limit];
	const stop = stops.findLastIndex((s) => s <= r);
	return (
		<div className="grid">
			<Input
				id={id}
				type="range"
				aria-label={t("settings.rankSlider")}
				aria-valuetext={String(r)}
				min={0}
				max={stops.length - 1}
				step={1}
				value={Math.max(0, stop)}
				onChange={(event) => editField("r", String(stops[Number(event.target.value)]))}
			/>
			<div className="num flex justify-between text-2xs leading-3 text-muted-foreground" aria-hidden="true">
				<span>{stops[0]}</span>
				<span>{stops.at(-1)}</span>
			</div>
		</div>
	);
}

function Cost() {
	const t = useT();
	const cost = useSettings((s) => s.cost);
	const error = useSettings((s) => s.costError);
	const pending = useSettings((s) => s.costPending);
	const rowBytes = useData((s) => s.source?.blob.size ?? 0);
	const free = useRuns((s) => s.freeBytes);
	const need = cost === null ? null : storageNeed(cost, rowBytes);
	if (error !== null) return <ErrorNote error={error} />;
	return (
		<>
			<DescriptionList className="border-y py-2" aria-busy={pending}>
				<DescriptionItem term={t("settings.trainable")}>
					{cost === null ? "—" : compact(cost.trainableParameters)}
				</DescriptionItem>
				<DescriptionItem term={t("settings.adapter")}>
					{cost === null ? "—" : formatBytes(cost.adapterBytes)}
				</DescriptionItem>
				<DescriptionItem term={t("settings.peak")}>
					{cost === null ? "—" : formatBytes(cost.peakBytes)} {cost !== null && <FitsBadge fits={cost.fits} />}
				</DescriptionItem>
				<DescriptionItem term={t("settings.storage")}>{need === null ? "—" : formatBytes(need)}</DescriptionItem>
			</DescriptionList>
			{need !== null && free !== null && need > free && (
				<p className="problem">{t("settings.noSpace", { need: formatBytes(need), free: formatBytes(free) })}</p>
			)}
			{cost?.link != null && (
				<p className="help">
					{cost.link.fits
						? t("share.willFit", { n: about(cost.link.characters) })
						: t("share.tooLong", { n: about(cost.link.characters), r: cost.link.highestRank })}
				</p>
			)}
			{cost !== null && cost.fits !== "fits" && <p className="help">{t("settings.whatToChange")}</p>}
			{cost?.ways !== undefined && (
				<ul className="help">
					{cost.ways.map(({ change, peakBytes }) => (
						<li key={change}>
							<code>{change}</code>: <span className="num">{formatBytes(peakBytes)}</span>
						</li>
					))}
				</ul>
			)}
		</>
	);
}

function Presets() {
	const t = useT();
	return (
		<div className="flex flex-wrap items-center gap-2">
			<span className="help basis-full">{t("settings.presets")}</span>
			{PRESET_NAMES.map((name) => (
				<Button key={name} onClick={() => applyPreset(name)}>
					{t(`settings.preset.${name}`)}
				</Button>
			))}
		</div>
	);
}
