// The header: model, device, peak memory; palette, language and theme.

import { Search } from "lucide-react";
import { deviceName, shortDevice } from "../../../src/shared/device-name.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { labelText, shortcutText } from "../../lib/command.ts";
import { compact } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { FitsBadge } from "../../ui/FitsBadge.tsx";
import { ToggleGroup } from "../../ui/ToggleGroup.tsx";
import { useEngine } from "../model/store.ts";
import { useSettings } from "../settings/store.ts";
import { measureCommand, paletteCommand, themeCommands } from "./commands.ts";
import { chooseLanguage } from "./language.ts";
import { type Lang, useUi } from "./store.ts";

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
		<dl className="order-3 flex min-h-5 w-full flex-wrap wrap-anywhere gap-x-5 gap-y-1 text-sm lg:order-none lg:w-auto [&>div]:flex [&>div]:items-center [&>div]:gap-1.5 [&_dt]:text-muted-foreground">
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
					<dd>
						<Button
							kind="link"
							className="max-md:-my-2"
							aria-label={t("header.measureTitle")}
							onClick={measureCommand.perform}
						>
							{t("header.measure")}
						</Button>
					</dd>
				</div>
			)}
			{cost !== null && (
				<div>
					<dt>{t("header.memory")}</dt>
					<dd>
						<FitsBadge fits={cost.fits} /> <span className="num">{formatBytes(cost.peakBytes)}</span>
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
			onClick={paletteCommand.perform}
		>
			<Search size={16} aria-hidden="true" />{" "}
			<span className="hidden rounded-sm border px-1 font-mono text-2xs md:inline">{shortcutText("k")}</span>
		</Button>
	);
}

function ThemeToggle() {
	const t = useT();
	const { lang, theme } = useUi();
	const { label: key, perform, icon: Icon } = themeCommands[theme === "dark" ? "light" : "dark"];
	const label = labelText(key, t, lang);
	return (
		<Button kind="quiet" icon aria-label={label} title={label} onClick={perform}>
			<Icon size={16} aria-hidden="true" />
		</Button>
	);
}
