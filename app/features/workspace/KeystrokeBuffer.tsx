// Buffers keystrokes while the code of a dialog loads, so that text typed right after the shortcut is neither lost nor
// sent to the page. Rendered as the Suspense fallback; the dialog takes the buffered text once its input has the focus.
import { useLayoutEffect } from "react";

/** Milliseconds after which buffering stops, in case the dialog failed to load. */
const PATIENCE = 1000;

let text = "";
let entered = false;
let stop: () => void = () => {};

function keep(event: KeyboardEvent): void {
	if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
	if (event.key === "Enter") entered = true;
	else if (event.key === "Backspace") text = text.slice(0, -1);
	else if (event.key.length === 1) text += event.key;
	else return;
	event.preventDefault();
	event.stopImmediatePropagation();
}

export function KeystrokeBuffer() {
	useLayoutEffect(() => {
		stop();
		text = "";
		entered = false;
		addEventListener("keydown", keep, true);
		stop = () => removeEventListener("keydown", keep, true);
		return () => void setTimeout(stop, PATIENCE);
	}, []);
	return null;
}

/** Returns the buffered text and whether Enter followed it, and stops buffering. */
export function captureKeystrokes(): { text: string; entered: boolean } {
	stop();
	const taken = { text, entered };
	text = "";
	entered = false;
	return taken;
}
