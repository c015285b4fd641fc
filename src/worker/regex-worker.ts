// A worker that looks for one pattern in one text and says whether it is there. It is a worker of its own so that it can be
// ended: a regular expression may look for longer than the sun shines.
import { matchHere } from "../engine/data/answers.ts";

addEventListener("message", ({ data: { pattern, text } }: MessageEvent<{ pattern: string; text: string }>) => {
	postMessage(matchHere(pattern, text));
});
