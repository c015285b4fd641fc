// A tab whose part of TabTune is yet to come: says what, and leads back to what works.

import { useT } from "../i18n/index.ts";
import { useUi } from "../stores/ui.ts";
import { Button } from "../ui/Button.tsx";

export function Later({ part }: { part: "learn" }) {
	const t = useT();
	return (
		<div className="prose later">
			<h2>{t(`tab.${part}`)}</h2>
			<p>
				<strong>{t("later.note")}</strong> {t(`later.${part}`)}
			</p>
			<p className="muted">{t("later.now")}</p>
			<Button onClick={() => useUi.setState({ tab: "workspace" })}>{t("later.back")}</Button>
		</div>
	);
}
