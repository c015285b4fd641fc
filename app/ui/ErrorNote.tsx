// An error: what happened, where, what to do; buttons; details that expand and can be copied. The engine's messages are
// shown in the page's language, the details in English.

import { useState } from "react";
import type { ErrorInfo } from "../../src/engine/api.ts";
import { useEngineText } from "../i18n/engine-text.ts";
import { useT } from "../i18n/index.ts";
import { Button } from "./Button.tsx";
import { Collapsible } from "./Collapsible.tsx";

interface Props {
	error: ErrorInfo;
	actions?: { label: "error.retry" | "error.restart" | "error.dismiss"; run(): void }[];
	/** Adds what a crash kept and what it lost. */
	keptNote?: boolean;
}

const CODES = [
	"usage",
	"data",
	"model",
	"adapter",
	"tokenizer",
	"no-adapter",
	"device-lost",
	"memory",
	"storage",
	"busy",
	"numeric",
	"not-yet",
	"internal",
	"crashed",
	"not-loaded",
] as const;

function titleOf(code: string): `error.title.${(typeof CODES)[number]}` {
	return `error.title.${CODES.find((c) => c === code) ?? "internal"}`;
}

/** A clause of an engine message as a sentence. */
const sentence = (clause: string): string => {
	const text = clause.trim();
	if (/[.!?。！？]$/.test(text)) return text;
	return /\p{Script=Han}/u.test(text) ? `${text}。` : `${text}.`;
};
/** Starts a sentence, unless its first word is a name: a file, a field, a value. */
const capital = (text: string): string =>
	/^\p{Ll}+(?=[\s,;:’']|$)/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;

export function ErrorNote({ error, actions = [], keptNote = false }: Props) {
	const t = useT();
	const said = useEngineText();
	const [copied, setCopied] = useState(false);
	const all = JSON.stringify(error, null, 2);
	return (
		<div
			className="grid gap-2 rounded-lg border border-destructive bg-destructive-tint p-3 text-sm wrap-anywhere"
			role="alert"
		>
			<p>
				<strong className="block font-semibold text-destructive">{t(titleOf(error.code))}</strong>{" "}
				{error.code === "not-loaded" ? t("error.notLoaded") : capital(sentence(said(error.what)))}
			</p>
			{error.where !== undefined && (
				<p className="text-muted-foreground">{t("error.where", { where: said(error.where) })}</p>
			)}
			{error.next !== undefined && <p>{capital(sentence(said(error.next)))}</p>}
			{keptNote && <p>{t("error.lostAdapter")}</p>}
			{actions.length > 0 && (
				<div className="flex flex-wrap items-center gap-2">
					{actions.map((action) => (
						<Button key={action.label} onClick={action.run}>
							{t(action.label)}
						</Button>
					))}
				</div>
			)}
			<Collapsible line={t("error.details")}>
				<pre>{error.details ?? all}</pre>
				<Button
					kind="quiet"
					onClick={() => {
						void navigator.clipboard.writeText(all).then(() => setCopied(true));
					}}
				>
					{t(copied ? "error.copied" : "error.copy")}
				</Button>
			</Collapsible>
		</div>
	);
}
