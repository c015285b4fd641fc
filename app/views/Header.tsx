// The bar on top: which model, on which device, whether it fits; language and theme.

import { Contrast, Search } from "lucide-react";
import { chooseLanguage } from "../actions/language.ts";
import { useT } from "../i18n/index.ts";
import { deviceName, shortDevice } from "../lib/device.ts";
import { bytes, compact } from "../lib/format.ts";
import { useEngine } from "../stores/engine.ts";
import { useSettings } from "../stores/settings.ts";
import { type Lang, setTheme, useUi } from "../stores/ui.ts";
import { FitsBadge } from "../ui/FitsBadge.tsx";

const LANGS: { lang: Lang; short: string; name: string }[] = [
	{ lang: "en", short: "en", name: "English" },
	{ lang: "zh", short: "中文", name: "中文" },
];

export function Header({ bare = false }: { bare?: boolean }) {
	const t = useT();
	return (
		<header className="header">
			<h1>TabTune</h1>
			{!bare && <Facts />}
			<div className="header-end">
				{!bare && <PaletteButton />}
				<Languages label={t("header.language")} />
				<ThemeToggle />
			</div>
		</header>
	);
}

function Facts() {
	const t = useT();
	const model = useEngine((s) => s.model);
	const device = useEngine((s) => s.device);
	const cost = useSettings((s) => s.cost);
	return (
		<dl className="facts">
			{model !== null && (
				<div>
					<dt>{t("header.model")}</dt>
					<dd>
						{model.name} · <span className="num">{compact(model.parameters)}</span>
					</dd>
				</div>
			)}
			{device !== null && (
				<div>
					<dt>{t("header.device")}</dt>
					<dd title={deviceName(device)}>
						{shortDevice(device)}
						{device.software && ` · ${t("header.software")}`}
					</dd>
				</div>
			)}
			{cost !== null && (
				<div>
					<dt>{t("header.memory")}</dt>
					<dd>
						<FitsBadge fits={cost.fits} /> <span className="num">{bytes(cost.peakBytes)}</span>
					</dd>
				</div>
			)}
		</dl>
	);
}

function Languages({ label }: { label: string }) {
	const current = useUi((s) => s.lang);
	return (
		<fieldset className="segments">
			<legend className="visually-hidden">{label}</legend>
			{LANGS.map(({ lang, short, name }) => (
				<button
					key={lang}
					type="button"
					lang={lang}
					aria-label={name}
					aria-pressed={lang === current}
					onClick={() => void chooseLanguage(lang)}
				>
					{short}
				</button>
			))}
		</fieldset>
	);
}

function PaletteButton() {
	const t = useT();
	return (
		<button
			type="button"
			className="button quiet palette-button"
			aria-keyshortcuts="Control+K Meta+K"
			aria-label={t("palette.title")}
			title={t("palette.title")}
			onClick={() => useUi.setState({ palette: true })}
		>
			<Search size={16} aria-hidden="true" />{" "}
			<span className="kbd">{/Mac/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}</span>
		</button>
	);
}

function ThemeToggle() {
	const t = useT();
	const theme = useUi((s) => s.theme);
	const label = t(theme === "dark" ? "theme.toLight" : "theme.toDark");
	return (
		<button
			type="button"
			className="button quiet icon"
			aria-label={label}
			title={label}
			onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
		>
			<Contrast size={16} aria-hidden="true" />
		</button>
	);
}
