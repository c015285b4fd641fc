// Actions on the answers shown: colour their tokens, copy or share them as text, clear the chat.

import { Copy, Palette, Share2, Trash2 } from "lucide-react";
import { useState } from "react";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { colourAnswers } from "./actions.ts";
import { turnsOf, useCompare } from "./store.ts";

export function CompareTools() {
	const t = useT();
	const any = useCompare((s) => turnsOf(s).some(({ base, tuned }) => base.text !== "" || tuned.text !== ""));
	const coloured = useCompare((s) => s.coloured);
	const chatting = useCompare((s) => s.mode === "chat" && s.chat.length > 0);
	const generating = useCompare((s) => s.generating);
	const has = useEngine((s) => s.adapter !== null);
	const busy = useRun((s) => isBusy(s.state));
	const [copied, setCopied] = useState(false);
	const text = () =>
		turnsOf(useCompare.getState())
			.map(({ prompt, base, tuned }) =>
				[
					`${t("compare.prompt")}: ${prompt}`,
					`${t("compare.base")}: ${base.text}`,
					`${t("compare.tuned")}: ${tuned.text}`,
				].join("\n\n"),
			)
			.join("\n\n———\n\n");
	return (
		<div className="flex min-h-7 flex-wrap items-center gap-2">
			<Button
				kind="quiet"
				className="aria-pressed:border-input aria-pressed:bg-muted aria-pressed:text-foreground"
				aria-pressed={coloured}
				disabled={!has || busy}
				title={t("compare.colourHelp")}
				onClick={() => void colourAnswers(!coloured)}
			>
				<Palette size={16} aria-hidden="true" /> {t("compare.colour")}
			</Button>
			<Button
				kind="quiet"
				disabled={!any}
				onClick={() => void navigator.clipboard.writeText(text()).then(() => setCopied(true))}
				onBlur={() => setCopied(false)}
			>
				<Copy size={16} aria-hidden="true" /> {t(copied ? "error.copied" : "compare.copy")}
			</Button>
			{"share" in navigator && (
				<Button
					kind="quiet"
					disabled={!any}
					// Cancelling the share sheet is not an error.
					onClick={() => void navigator.share({ title: "TabTune", text: text() }).catch(() => undefined)}
				>
					<Share2 size={16} aria-hidden="true" /> {t("compare.share")}
				</Button>
			)}
			{chatting && (
				<Button kind="quiet" disabled={generating} onClick={() => useCompare.setState({ chat: [] })}>
					<Trash2 size={16} aria-hidden="true" /> {t("compare.clearChat")}
				</Button>
			)}
			{coloured && (
				<p className="help flex gap-1">
					<span className="scored more-3 px-1 text-foreground">{t("compare.likelier")}</span>{" "}
					<span className="scored less-3 px-1 text-foreground">{t("compare.lessLikely")}</span>
				</p>
			)}
		</div>
	);
}
