// A worker that matches one regular expression against one text. Because it is a separate worker, an expression that takes
// too long can be terminated.
import { matchHere } from "../engine/data/answers.ts";

addEventListener("message", ({ data: { pattern, text } }: MessageEvent<{ pattern: string; text: string }>) => {
	postMessage(matchHere(pattern, text));
});
