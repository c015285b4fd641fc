// Answers of several models to the same prompt, side by side, each under its name.
import type { ReactNode } from "react";
import { useT } from "../i18n/index.ts";

interface Props {
	answers: readonly { key: string | number; name: ReactNode; text: string }[];
}

export function AnswerGrid({ answers }: Props) {
	const t = useT();
	return (
		<dl className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-3 [&_dt]:text-xs [&_dt]:text-muted-foreground">
			{answers.map(({ key, name, text }) => (
				<div key={key}>
					<dt>{name}</dt>
					<dd dir="auto" className="answer-text">
						{text === "" ? t("compare.nothing") : text}
					</dd>
				</div>
			))}
		</dl>
	);
}
