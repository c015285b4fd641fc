// Opens and encodes data files for the commands, and prints their warnings.

import { basename } from "node:path";
import { textCapacity } from "../engine/adapters/methods/prompt.ts";
import type { DataSource, RowRange, RunSettings } from "../engine/api.ts";
import { answerRule } from "../engine/data/answers.ts";
import type { EncodedDataset } from "../engine/data/dataset.ts";
import { type EncodedFile, encodeFiles } from "../engine/data/encode-file.ts";
import { openData } from "../engine/data/open-data.ts";
import { overlap } from "../engine/data/row-keys.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { scoreRule } from "../engine/train/best.ts";
import { type ScoredQuestions, scoredQuestions, scoringSettings } from "../engine/train/score.ts";
import { openTextProcessorIfAny } from "../engine/train/text-processor.ts";
import type { RunRows } from "../engine/train/training-plan.ts";
import { SEPARATORS, type Separator } from "../shared/csv.ts";
import { TabTuneError } from "../shared/errors.ts";
import { bestMessage, rowsMessage } from "../shared/messages/index.ts";
import { textOf } from "../shared/messages/message.ts";
import { need, type ParsedArgs, text } from "./args.ts";
import { cliError } from "./cli-error.ts";
import { fileBlob } from "./node-files.ts";
import { say } from "./output.ts";

/** How files are read, where the user says so. */
export type ReadGiven = Pick<DataSource, "columns" | "separator">;

/** The files of one set. */
export interface DataFiles {
	readonly paths: readonly string[];
	readonly read: ReadGiven;
	/** The rows of each file that are used; all if absent. */
	readonly ranges?: readonly RowRange[];
	/** The name that tables and messages show. */
	readonly name?: string;
}

/** The rows of --dataset, or of the files of an option. @throws TabTuneError "usage" if both or none are given */
export async function trainRows(args: ParsedArgs, option: string): Promise<DataFiles> {
	const id = text(args, "dataset");
	const lonely = ["subset", "split", "eval-split"].find((name) => id === undefined && text(args, name) !== undefined);
	const twice = id === undefined ? undefined : text(args, option);
	if (lonely !== undefined || twice !== undefined)
		throw cliError("usage", {
			what: lonely === undefined ? `--${option} and --dataset are both given` : `--${lonely} needs --dataset`,
			where: "the command line",
			next: lonely === undefined ? "leave one of them out" : "add --dataset owner/name",
		});
	if (id === undefined) return dataFiles(args, option);
	return setRows(args, id, text(args, "split") ?? "train");
}

/** The held-out rows: of --eval-file, or of --eval-split of --dataset. */
export async function evalRows(args: ParsedArgs): Promise<DataFiles | null> {
	const id = text(args, "dataset");
	const split = text(args, "eval-split");
	if (id === undefined || split === undefined) return dataFilesIfAny(args, "eval-file");
	if (text(args, "eval-file") !== undefined)
		throw cliError("usage", {
			what: "--eval-file and --eval-split are both given",
			where: "the command line",
			next: "leave one of them out",
		});
	return setRows(args, id, split);
}

async function setRows(args: ParsedArgs, id: string, split: string): Promise<DataFiles> {
	const { hubRows } = await import("./hub-data.ts");
	return { ...(await hubRows(id, text(args, "subset"), split)), read: readGiven(args) };
}

/** Opens the files of a set. */
export async function openDataFiles({ paths, read, ranges }: DataFiles, chat: boolean): Promise<DataSource[]> {
	const sources: DataSource[] = [];
	for (const [i, path] of paths.entries()) {
		const source = await openDataFile(path, chat, read);
		sources.push(ranges === undefined ? source : { ...source, range: ranges[i] });
	}
	return sources;
}

/** The files of an option, with --columns and --separator. @throws TabTuneError "usage" */
export function dataFiles(args: ParsedArgs, option: string): DataFiles {
	return { paths: need(args, option).split("\n"), read: readGiven(args) };
}

/** The files as tables and messages name them. */
export const shownFiles = ({ paths, name }: DataFiles): string => name ?? paths.join(", ");

function dataFilesIfAny(args: ParsedArgs, option: string): DataFiles | null {
	return text(args, option) === undefined ? null : dataFiles(args, option);
}

export function readGiven(args: ParsedArgs): ReadGiven {
	const columns = text(args, "columns");
	const separator = text(args, "separator");
	return {
		...(columns === undefined ? {} : { columns: columnsOf(columns) }),
		...(separator === undefined ? {} : { separator: separatorOf(separator) }),
	};
}

/** "question=prompt,answer=completion" as {question: "prompt", answer: "completion"}. */
function columnsOf(given: string): Record<string, string> {
	const pairs = given.split(",").map((pair) => {
		const at = pair.lastIndexOf("=");
		return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()] as const;
	});
	const columns = Object.fromEntries(pairs);
	const isValid = pairs.every(([from, to]) => from !== "" && to !== "");
	if (isValid && new Set(pairs.map(([, to]) => to)).size === Object.keys(columns).length) return columns;
	throw cliError("usage", {
		what: `--columns is "${given}"`,
		where: "the command line",
		next: "write one field for each column: --columns question=prompt,answer=completion",
	});
}

function separatorOf(given: string): Separator {
	const separator = /^(tab|\\t)$/i.test(given) ? "\t" : SEPARATORS.find((one) => one === given);
	if (separator !== undefined) return separator;
	throw cliError("usage", {
		what: `--separator is ${JSON.stringify(given)}`,
		where: "the command line",
		next: 'use ",", ";", "|" or tab',
	});
}

/**
 * Opens a file as the page does. Columns are mapped if their names are unambiguous. Where the page would ask, the rows
 * keep the names of the file, and the error for the first row lists these and the supported names.
 * @param chat whether the model has a chat template
 */
export async function openDataFile(path: string, chat: boolean, read: ReadGiven = {}): Promise<DataSource> {
	const { source, columns, certain } = await openData(await fileBlob(path), basename(path), chat, read);
	const { mapping, ...unmapped } = source;
	if (mapping === undefined || !certain) return unmapped;
	const name = (column: number) => JSON.stringify(columns?.names[column].trim());
	const { kind, prompt, answer, system, text } = mapping;
	const used =
		kind === "text"
			? [`text from ${name(text)}`]
			: [
					...(system === null ? [] : [`system from ${name(system)}`]),
					`prompt from ${name(prompt)}`,
					`completion from ${name(answer)}`,
				];
	say(`${source.name}: ${used.join(", ")}`);
	return source;
}

/** Encodes files for training with these settings; rows are also cut at the model's maximum length. */
async function encodeDataFiles(model: LoadedModel, files: DataFiles, settings: RunSettings): Promise<EncodedFile> {
	const { encoded, name } = await encodeQuietly(model, files, settings);
	const { count, first } = encoded.unmapped;
	if (count > 0)
		say(
			`warning: ${count} records have an empty column and are skipped (the first: ${first[0].file ?? name}, ${first[0].unit} ${first[0].number})`,
		);
	for (const warning of encoded.warnings) say(`warning: ${textOf(warning)}`);
	return encoded;
}

async function encodeQuietly(model: LoadedModel, files: DataFiles, settings: RunSettings) {
	const max_length = Math.min(settings.max_length, textCapacity(model.config, settings));
	const language = await openTextProcessorIfAny(model.folder, model.config);
	const sources = await openDataFiles(files, language?.template != null);
	const encoded = await encodeFiles(sources, {
		tokenizer: language?.tokenizer ?? null,
		template: language?.template ?? null,
		settings: { ...settings, max_length },
		vocabSize: model.config.vocab_size,
	});
	return { encoded, name: sources[0].name };
}

/**
 * The questions of the held-out file that the run scores at its evaluations; null if it scores none.
 * @throws TabTuneError "data" if no row has a prompt and an answer, "usage" for an invalid pattern
 */
export async function openQuestions(
	model: LoadedModel,
	{ eval: files }: RowFiles,
	settings: RunSettings,
): Promise<ScoredQuestions | null> {
	const name = scoreRule(settings);
	if (name === null || files === null) return null;
	const rule = answerRule(name, settings.score_pattern ?? undefined);
	const textProcessor = await openTextProcessorIfAny(model.folder, model.config);
	if (textProcessor === null)
		throw new TabTuneError("tokenizer", {
			what: bestMessage("noScore"),
			where: model.name,
			next: bestMessage("noScore.next"),
		});
	const { encoded } = await encodeQuietly(model, files, scoringSettings(settings));
	const questions = scoredQuestions(encoded.dataset, textProcessor);
	const skipped = encoded.dataset.length - questions.length;
	if (skipped > 0) say(`warning: ${skipped} held-out rows have no prompt and answer and are not scored`);
	return { questions, rule, max_new_tokens: settings.score_max_new_tokens, textProcessor };
}

/** The rows of a set, packed when the settings ask for it. */
export async function encodeRows(model: LoadedModel, files: DataFiles, settings: RunSettings): Promise<EncodedDataset> {
	return packed(model, await encodeDataFiles(model, files, settings), settings);
}

function packed(model: LoadedModel, { dataset }: EncodedFile, settings: RunSettings): EncodedDataset {
	return settings.packing
		? dataset.packed(Math.min(settings.max_length, textCapacity(model.config, settings)))
		: dataset;
}

export interface RowFiles {
	readonly train: DataFiles;
	/** Rows to evaluate on, which are never packed; null for none. */
	readonly eval: DataFiles | null;
}

/** The encoded rows of a run's files. */
export async function openRows(model: LoadedModel, files: RowFiles, settings: RunSettings): Promise<RunRows> {
	const train = await encodeDataFiles(model, files.train, settings);
	const held = files.eval === null ? null : await encodeDataFiles(model, files.eval, { ...settings, packing: false });
	const both = held === null ? 0 : overlap(train.keys, held.keys);
	if (both > 0) say(`warning: ${textOf(rowsMessage("overlap", { count: both, rows: held?.rows ?? 0 }))}`);
	return { train: packed(model, train, settings), heldOut: held?.dataset ?? null };
}
