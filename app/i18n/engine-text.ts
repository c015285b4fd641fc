// The texts of engine messages in the page's language, looked up by the messages' ids.

import { useEffect, useRef, useState } from "react";
import { type MessageText, textOf } from "../../src/shared/messages/message.ts";
import { type Lang, useUi } from "../features/workspace/store.ts";

type ShowText = (text: MessageText) => string;

const LOADERS: { readonly [L in Lang]: () => Promise<ShowText> } = {
	en: async () => {
		await import("../../src/shared/messages/en.ts");
		return textOf;
	},
	zh: async () => {
		const { messageInChinese } = await import("../../src/shared/messages/zh.ts");
		return (text) => (typeof text === "string" ? text : messageInChinese(text));
	},
};

const loaded: Partial<Record<Lang, ShowText>> = {};

/**
 * Loads the texts of a language. The page does so when it is idle, so that an error can be shown when the network is gone.
 * Without them messages are shown in English, or as their ids and values.
 */
export async function loadEngineTexts(lang: Lang): Promise<void> {
	try {
		loaded[lang] ??= await LOADERS[lang]();
	} catch {
		return;
	}
}

/** For components: shows a message in the page's language. The texts load when the first message is shown. */
export function useEngineText(): ShowText {
	const lang = useUi((s) => s.lang);
	const [, rerender] = useState(0);
	const needed = useRef(false);
	useEffect(() => {
		if (!needed.current || loaded[lang] !== undefined) return;
		let current = true;
		void loadEngineTexts(lang).then(() => {
			loaded[lang] ??= textOf;
			if (current) rerender((n) => n + 1);
		});
		return () => {
			current = false;
		};
	});
	return (text) => {
		if (typeof text === "string") return text; // a file name, an exception of a library
		needed.current = true;
		return loaded[lang]?.(text) ?? "…";
	};
}
