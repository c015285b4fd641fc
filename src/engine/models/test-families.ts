// The fixtures of model families, read from fixtures/: a new family's goldens are tested once they are written.
import { existsSync, readdirSync, readFileSync } from "node:fs";

const GOLDENS = "fixtures/goldens";

/** Goldens of families other than Llama: folders named after their model_type, "phi3-longrope" included. */
export const FAMILY_GOLDENS: readonly string[] = readdirSync(GOLDENS)
	.filter((name) => {
		const { model_type } = JSON.parse(readFileSync(`${GOLDENS}/${name}/config.json`, "utf8"));
		return model_type !== "llama" && model_type.startsWith(name.split("-")[0]);
	})
	.sort();

/** Those with greedy answers of transformers (answers.json). */
export const GOLDENS_WITH_ANSWERS = FAMILY_GOLDENS.filter((name) => existsSync(`${GOLDENS}/${name}/answers.json`));

/** Those with a GGUF file (fixtures/gguf-NAME.gguf). */
export const GOLDENS_WITH_GGUF = FAMILY_GOLDENS.filter((name) => existsSync(`fixtures/gguf-${name}.gguf`));
