// Trains a gallery set on the bundled model with the page's settings; shared by the benches of the gallery and of links.
import { openAsBlob, readFileSync } from "node:fs";
import { join } from "node:path";
import { openModel, startGpu } from "../src/cli/open.ts";
import { freshAdapter } from "../src/engine/adapters/create-adapter.ts";
import type { RunSettings } from "../src/engine/api.ts";
import { prepareData } from "../src/engine/data/describe.ts";
import { RunControl, runTraining } from "../src/engine/train/run.ts";
import { openTextProcessor, textEncoder } from "../src/engine/train/text-processor.ts";
import { Trainer } from "../src/engine/train/trainer.ts";
import { PAGE_DEFAULTS } from "../src/shared/settings.ts";

export interface GallerySet {
	id: string;
	title: { en: string };
	file: string;
	settings: Partial<RunSettings>;
	heldOutPrompts: string[];
	check: { pattern: string; flags?: string } | null;
}

/** The page's held-out share. */
const HELD_OUT = 0.1;
const FOLDER = join("public", "gallery");

export const gallery: GallerySet[] = JSON.parse(readFileSync(join(FOLDER, "index.json"), "utf8"));

export const model = await openModel({
	command: "bench",
	positional: [],
	options: new Map([["model", "demo"]]),
	settings: {},
});
export const language = await openTextProcessor(model.folder, model.config);
export const bench = await startGpu(model);

/** Trains one set from the start. @param over settings that override those of the set */
export async function trainSet({ file, settings: suggested }: GallerySet, over: Partial<RunSettings> = {}) {
	const settings: RunSettings = { ...PAGE_DEFAULTS, ...suggested, ...over };
	const { tokenizer, template } = language;
	const data = await prepareData(
		{ name: file, format: "jsonl", blob: await openAsBlob(join(FOLDER, file)) },
		HELD_OUT,
		{
			tokenizer,
			template,
			vocabSize: tokenizer.vocabSize,
			settings,
		},
	);
	const { layout, params: start } = await freshAdapter(model, settings, textEncoder(model));
	const { train, heldOut, info } = data;
	const trainer = await Trainer.create(bench, { layout, settings, train, heldOut, start });
	const evals: number[] = [];
	const run = await runTraining(trainer, settings, new RunControl(), {
		emit: (event) => event.type === "eval" && evals.push(event.eval_loss),
	});
	const params = await trainer.params();
	trainer.release();
	bench.memory.release("params");
	return { info, settings, run, evals, layout, params };
}
