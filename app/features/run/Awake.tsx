// A word that the screen stays on while a run trains. Loaded with the first run, after which it holds the wake lock while it is shown.
import { useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { keepAwake } from "./keep-awake.ts";
import { resultTexts } from "./result-texts.ts";

export function Awake() {
	const w = useT(resultTexts);
	const [held, setHeld] = useState(false);
	useEffect(() => keepAwake(setHeld), []);
	return held ? <span className="help">{w("awake")}</span> : null;
}
