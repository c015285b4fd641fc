// Answers to the same prompt during training, in order.

import { useT } from "../i18n/index.ts";

export function Filmstrip({ samples }: { samples: readonly { step: number; text: string }[] }) {
	const t = useT();
	return (
		<ol // It grows instead of scrolling: what scrolls would have to be a stop of the keyboard.
			className="grid grid-cols-[repeat(auto-fill,minmax(200px,1fr))] gap-3"
			aria-label={t("run.sample")}
		>
			{samples.map(({ step, text }) => (
				<li key={step} className="grid content-start gap-1 text-xs">
					<span className="num text-muted-foreground">{t("run.sampleAt", { step })}</span>
					<blockquote dir="auto" className="answer-text text-sm">
						{text === "" ? t("compare.nothing") : text}
					</blockquote>
				</li>
			))}
		</ol>
	);
}
