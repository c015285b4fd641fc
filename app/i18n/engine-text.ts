// The texts of engine messages in the page's language. The English text is part of a message; the Chinese one is looked up
// by the message's id.

import { useEffect, useState } from "react";
import { type MessageText, textOf } from "../../src/shared/messages/message.ts";
import { type Lang, useUi } from "../features/workspace/store.ts";

type ShowText = (text: MessageText) => string;

/** Chinese is loaded when it is selected. A plain string (a file name, a text of an old stored run) is shown unchanged. */
const LOADERS: { readonly [L in Lang]: () => Promise<ShowText> } = {
	en: async () => textOf,
	zh: async () => {
		const { messageInChinese } = await import("../../src/shared/messages/zh.ts");
		return (text) => (typeof text === "string" ? text : messageInChinese(text));
	},
};

/** For components: shows a message in the page's language; in English until the Chinese texts are loaded. */
export function useEngineText(): ShowText {
	const lang = useUi((s) => s.lang);
	const [show, setShow] = useState<ShowText>(() => textOf);
	useEffect(() => {
		let current = true;
		LOADERS[lang]().then(
			(loaded) => current && setShow(() => loaded),
			() => undefined, // English stays if the texts cannot be loaded
		);
		return () => {
			current = false;
		};
	}, [lang]);
	return show;
}
