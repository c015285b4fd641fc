// What a race found, grown heat by heat: lanes, ranks over their seeds, the advisor's verdict; and the same as files.

import { TabTuneError } from "../../shared/errors.ts";
import { adviceText } from "../analysis/advice-text.ts";
import { adviseRank } from "../analysis/advisor.ts";
import type { RaceHeat, RaceLane, RaceRank, RaceTable, RankAdvice, TableFormat } from "../api.ts";
import { csvLine, markdownTable } from "./format-table.ts";
import { spread } from "./methods-table.ts";

const lastOf = ({ evaluations }: RaceLane): number | null => evaluations.at(-1)?.eval_loss ?? null;
const firstOf = ({ evaluations }: RaceLane): number | null => evaluations[0]?.eval_loss ?? null;

/** The table with one more heat. */
export function withHeat(table: RaceTable, heat: RaceHeat, lanes: readonly RaceLane[]): RaceTable {
	const grown = { ...table, heats: [...table.heats, heat], lanes: [...table.lanes, ...lanes] };
	// A heat that was stopped is compared with itself alone.
	const whole = grown.heats.filter(({ state }) => state === "finished").map(({ seed }) => seed);
	const counted = grown.lanes.filter(({ seed }) => whole.length === 0 || whole.includes(seed));
	return { ...grown, byRank: byRank(counted), advice: advice(counted) };
}

function byRank(lanes: readonly RaceLane[]): RaceRank[] {
	const ranks = [...new Set(lanes.map(({ rank }) => rank))].sort((a, b) => a - b);
	return ranks.map((rank) => {
		const own = lanes.filter((lane) => lane.rank === rank);
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

function advice(lanes: readonly RaceLane[]): RankAdvice | null {
	const runs = lanes.flatMap((lane) => {
		const eval_loss = lane.state === "retired" ? Number.NaN : lastOf(lane);
		return eval_loss === null ? [] : [{ rank: lane.rank, seed: lane.seed, eval_loss }];
	});
	try {
		return runs.length === 0 ? null : adviseRank(runs);
	} catch (error) {
		if (error instanceof TabTuneError && error.code === "usage") return null; // every rank diverged
		throw error;
	}
}

/** CSV holds a line a lane, Markdown a line a rank and the advice, JSON everything, with keys in snake_case. */
export function raceText(table: RaceTable, format: TableFormat): string {
	if (format === "json") return `${JSON.stringify(raceJson(table), null, 2)}\n`;
	if (format === "csv") {
		const rows = table.lanes.map((lane) => [
			lane.rank,
			lane.seed,
			lane.lora_alpha,
			lane.learning_rate,
			lane.trainableParameters,
			lane.adapterBytes,
			lane.state,
			lane.steps,
			lane.losses.at(-1) ?? null,
			firstOf(lane),
			lastOf(lane),
			lane.elapsed,
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
	const said = table.advice === null ? "" : `\n${adviceText(table.advice).join(" ")}\n`;
	return `${markdownTable(["rank", "held-out loss", "seeds", "trainable parameters", "file"], rows)}${said}`;
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

function raceJson({ model, device, data, settings, heats, lanes, byRank: ranks, advice: found }: RaceTable) {
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
		lanes: lanes.map(({ trainableParameters, adapterBytes, losses, evaluations, ...lane }) => ({
			...lane,
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
