// What a model answered to the same prompt as it learnt, in the order the answers came.

import { useT } from "../i18n/index.ts";

export function Filmstrip({ samples }: { samples: readonly { step: number; text: string }[] }) {
	const t = useT();
	return (
		<ol className="filmstrip" aria-label={t("run.sample")}>
			{samples.map(({ step, text }) => (
				<li key={step}>
					<span className="num muted">{t("run.sampleAt", { step })}</span>
					<blockquote>{text === "" ? t("compare.nothing") : text}</blockquote>
				</li>
			))}
		</ol>
	);
}
