// The bar on top: which model, on which device, whether it fits; language and theme.

import { Contrast, Search } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { deviceName, shortDevice } from "../../lib/device.ts";
import { bytes, compact } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { FitsBadge } from "../../ui/FitsBadge.tsx";
import { ToggleGroup } from "../../ui/ToggleGroup.tsx";
import { useEngine } from "../model/store.ts";
import { useSettings } from "../settings/store.ts";
import { chooseLanguage } from "./language.ts";
import { type Lang, setTheme, useUi } from "./store.ts";

const LANGS: { lang: Lang; short: string; name: string }[] = [
	{ lang: "en", short: "en", name: "English" },
	{ lang: "zh", short: "中文", name: "中文" },
];

export function Header({ bare = false }: { bare?: boolean }) {
	const t = useT();
	return (
		<header className="flex flex-wrap items-center gap-x-6 gap-y-2 bg-card px-3 py-2 md:px-4">
			<h1>TabTune</h1>
			{!bare && <Facts />}
			<div className="ml-auto flex items-center gap-2">
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
		<dl className="order-3 flex min-h-5 w-full flex-wrap gap-x-5 gap-y-1 text-sm lg:order-none lg:w-auto [&>div]:flex [&>div]:gap-1.5 [&_dt]:text-muted-foreground">
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
		<ToggleGroup
			label={label}
			options={LANGS.map(({ lang, short, name }) => ({ value: lang, text: short, name, lang }))}
			value={current}
			onChange={(lang) => void chooseLanguage(lang)}
		/>
	);
}

function PaletteButton() {
	const t = useT();
	return (
		<Button
			kind="quiet"
			aria-keyshortcuts="Control+K Meta+K"
			aria-label={t("palette.title")}
			title={t("palette.title")}
			onClick={() => useUi.setState({ palette: true })}
		>
			<Search size={16} aria-hidden="true" />{" "}
			<span className="hidden rounded-sm border px-1 font-mono text-2xs md:inline">
				{/Mac/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}
			</span>
		</Button>
	);
}

function ThemeToggle() {
	const t = useT();
	const theme = useUi((s) => s.theme);
	const label = t(theme === "dark" ? "theme.toLight" : "theme.toDark");
	return (
		<Button
			kind="quiet"
			icon
			aria-label={label}
			title={label}
			onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
		>
			<Contrast size={16} aria-hidden="true" />
		</Button>
	);
}
