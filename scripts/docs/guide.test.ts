import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { GUIDE_FILES, type GuideLang, guideText, PICTURES, pictureFile } from "./guide-text.ts";

it.each(Object.keys(GUIDE_FILES) as GuideLang[])("the guide in docs equals its generated text: %s", (lang) => {
	expect(readFileSync(GUIDE_FILES[lang], "utf8"), "run `npm run guide`").toBe(guideText(lang));
	const missing = PICTURES.map((picture) => `docs/${pictureFile(picture, lang)}`).filter((path) => !existsSync(path));
	expect(missing).toEqual([]);
});
