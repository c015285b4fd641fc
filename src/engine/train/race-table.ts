// Collects the results of a race heat by heat (slots, ranks over their seeds, advice) and formats them as files.

import { TabTuneError } from "../../shared/errors.ts";
import { englishError } from "../../shared/messages/english-error.ts";
import { adviceText } from "../analysis/advice-text.ts";
import { adviseRank } from "../analysis/advisor.ts";
import type { RaceHeat, RaceRank, RaceSlot, RaceTable, RankAdvice, TableFormat } from "../api.ts";
import { csvLine, markdownTable } from "./format-table.ts";
import { spread } from "./methods-table.ts";

const lastOf = ({ evaluations }: RaceSlot): number | null => evaluations.at(-1)?.eval_loss ?? null;
const firstOf = ({ evaluations }: RaceSlot): number | null => evaluations[0]?.eval_loss ?? null;

/** The table with one more heat. */
export function withHeat(table: RaceTable, heat: RaceHeat, slots: readonly RaceSlot[]): RaceTable {
	const grown = { ...table, heats: [...table.heats, heat], slots: [...table.slots, ...slots] };
	// A stopped heat is compared only with itself.
	const whole = grown.heats.filter(({ state }) => state === "finished").map(({ seed }) => seed);
	const counted = grown.slots.filter(({ seed }) => whole.length === 0 || whole.includes(seed));
	return { ...grown, byRank: byRank(counted), advice: advice(counted) };
}

function byRank(slots: readonly RaceSlot[]): RaceRank[] {
	const ranks = [...new Set(slots.map(({ rank }) => rank))].sort((a, b) => a - b);
	return ranks.map((rank) => {
		const own = slots.filter((slot) => slot.rank === rank);
		const [{ trainableParameters, adapterBytes }] = own;
		const found = spread(
			own
				.filter(({ state }) => state !== "retired")
				.map(lastOf)
				.filter((value) => value !== null),
		);
		const evalLoss = found && { mean: found.mean, deviation: found.deviation };
		return { rank, seeds: found?.n ?? 0, trainableParameters, adapterBytes, evalLoss };
	});
}

function advice(slots: readonly RaceSlot[]): RankAdvice | null {
	const runs = slots.flatMap((slot) => {
		const eval_loss = slot.state === "retired" ? Number.NaN : lastOf(slot);
		return eval_loss === null ? [] : [{ rank: slot.rank, seed: slot.seed, eval_loss }];
	});
	try {
		return runs.length === 0 ? null : adviseRank(runs);
	} catch (error) {
		if (error instanceof TabTuneError && error.code === "usage") return null; // every rank diverged
		throw error;
	}
}

/** CSV has one line per slot, Markdown one line per rank and the advice, JSON everything, with keys in snake_case. */
export function raceText(table: RaceTable, format: TableFormat): string {
	if (format === "json") return `${JSON.stringify(raceJson(table), null, 2)}\n`;
	if (format === "csv") {
		const rows = table.slots.map((slot) => [
			slot.rank,
			slot.seed,
			slot.lora_alpha,
			slot.learning_rate,
			slot.trainableParameters,
			slot.adapterBytes,
			slot.state,
			slot.steps,
			slot.losses.at(-1) ?? null,
			firstOf(slot),
			lastOf(slot),
			slot.elapsed,
		]);
		return [CSV_HEAD, ...rows].map(csvLine).join("");
	}
	const rows = table.byRank.map(({ rank, seeds, trainableParameters, adapterBytes, evalLoss }) => [
		String(rank),
		evalLoss === null
			? "—"
			: `${evalLoss.mean.toFixed(4)}${evalLoss.deviation === null ? "" : ` ± ${evalLoss.deviation.toFixed(4)}`}`,
		String(seeds),
		trainableParameters.toLocaleString("en"),
		`${(adapterBytes / 1024).toFixed(0)} KiB`,
	]);
	const advice = table.advice === null ? "" : `\n${adviceText(table.advice).join(" ")}\n`;
	return `${markdownTable(["rank", "held-out loss", "seeds", "trainable parameters", "file"], rows)}${advice}`;
}

const CSV_HEAD = [
	"rank",
	"seed",
	"lora_alpha",
	"learning_rate",
	"trainable_parameters",
	"adapter_bytes",
	"state",
	"steps",
	"loss",
	"eval_loss_before",
	"eval_loss",
	"heat_seconds",
];

function raceJson({ model, device, data, settings, heats, slots, byRank: ranks, advice: found }: RaceTable) {
	return {
		model,
		device,
		data,
		settings,
		heats: heats.map(({ stepMilliseconds, tokensPerSecond, peakBytes, ...heat }) => ({
			...heat,
			step_milliseconds: stepMilliseconds,
			tokens_per_second: tokensPerSecond,
			peak_gpu_bytes: peakBytes,
		})),
		// The key used by older versions.
		lanes: slots.map(({ trainableParameters, adapterBytes, losses, evaluations, error, ...slot }) => ({
			...slot,
			error: error && englishError(error),
			trainable_parameters: trainableParameters,
			adapter_bytes: adapterBytes,
			loss: losses.at(-1) ?? null,
			eval_loss: evaluations.at(-1)?.eval_loss ?? null,
			losses,
			evaluations,
		})),
		ranks: ranks.map(({ rank, seeds, trainableParameters, adapterBytes, evalLoss }) => ({
			rank,
			seeds,
			trainable_parameters: trainableParameters,
			adapter_bytes: adapterBytes,
			eval_loss_mean: evalLoss?.mean ?? null,
			eval_loss_deviation: evalLoss?.deviation ?? null,
		})),
		advice: found && {
			sentences: adviceText(found),
			verdict: found.verdict,
			recommended: found.recommended,
			best: found.best,
			possible_loss: found.possibleLoss,
			limits: found.limits,
			diverged: found.diverged,
			ranks: found.ranks.map(({ meanLoss, standardError, withinNoise, ...entry }) => ({
				...entry,
				mean_loss: meanLoss,
				standard_error: standardError,
				within_noise: withinNoise,
			})),
		},
	};
}
