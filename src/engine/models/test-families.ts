// Lists the fixtures of model families in fixtures/, so that tests cover a new family once its goldens exist.
import { existsSync, readdirSync, readFileSync } from "node:fs";

const GOLDENS = "fixtures/goldens";

/** Goldens of families other than Llama: folders named after their model_type, "phi3-longrope" included. */
export const FAMILY_GOLDENS: readonly string[] = readdirSync(GOLDENS)
	.filter((name) => existsSync(`${GOLDENS}/${name}/config.json`))
	.filter((name) => {
		if (!existsSync(`${GOLDENS}/${name}/config.json`)) return false; // a run on another case's model
		const { model_type } = JSON.parse(readFileSync(`${GOLDENS}/${name}/config.json`, "utf8"));
		return model_type !== "llama" && model_type.startsWith(name.split("-")[0]);
	})
	.sort();

/** Goldens with greedy answers from transformers (answers.json). */
export const GOLDENS_WITH_ANSWERS = FAMILY_GOLDENS.filter((name) => existsSync(`${GOLDENS}/${name}/answers.json`));

/** Goldens with a GGUF file (fixtures/gguf-NAME.gguf). */
export const GOLDENS_WITH_GGUF = FAMILY_GOLDENS.filter((name) => existsSync(`fixtures/gguf-${name}.gguf`));
