// Warnings of the engine about a model or an adapter, in the page's language.
import type { Message } from "../../src/shared/messages/message.ts";
import { useEngineText } from "../i18n/engine-text.ts";
import { Notice } from "./Notice.tsx";

export function Warnings({ label, list }: { label: string; list: readonly Message[] }) {
	const said = useEngineText();
	if (list.length === 0) return null;
	return (
		<Notice role="note" aria-label={label}>
			<ul className="grid gap-1 text-xs">
				{list.map((warning) => (
					<li key={JSON.stringify(warning)}>{said(warning)}</li>
				))}
			</ul>
		</Notice>
	);
}
