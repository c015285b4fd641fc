// The gallery: one tile per set, two per row, and a description of the selected one. Rows stored on this device are one
// more tile.

import { cx } from "class-variance-authority";
import { Check } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { useUi } from "../workspace/store.ts";
import { chooseSet, restoreOwnRows } from "./actions.ts";
import { useData } from "./store.ts";

export function DataGallery() {
	const t = useT();
	const lang = useUi((s) => s.lang);
	const gallery = useData((s) => s.gallery);
	const failed = useData((s) => s.galleryFailed);
	const chosen = useData((s) => (s.origin?.kind === "gallery" ? s.origin.id : null));
	const own = useData((s) => s.origin !== null && s.origin.kind !== "gallery");
	const kept = useData((s) => s.kept !== null);
	const usable = useData((s) => s.source !== null && s.status !== "failed");
	const set = gallery.find((entry) => entry.id === chosen);
	return (
		<div className={cx("grid content-start gap-2", gallery.length === 0 && !failed && "min-h-88")}>
			{failed && <p className="help">{t("data.galleryFailed")}</p>}
			<fieldset className="grid grid-cols-2 gap-1">
				<legend className="sr-only">{t("data.gallery")}</legend>
				{gallery.map((entry) => (
					<Tile
						key={entry.id}
						title={entry.title[lang]}
						chosen={entry.id === chosen}
						onChoose={() => void chooseSet(entry)}
					/>
				))}
				{(kept || own) && (
					<Tile
						title={t("data.own")}
						chosen={own}
						onChoose={() => void (own && usable ? undefined : restoreOwnRows())}
					/>
				)}
			</fieldset>
			{own && <p className="help">{t("data.ownHint")}</p>}
			{set !== undefined && (
				<div className="grid gap-1">
					<p className="help">{set.description[lang]}</p>
					{set.lookFor !== undefined && (
						<p className="help [&_strong]:font-semibold [&_strong]:text-foreground">
							<strong>{t("data.lookFor")}</strong> {set.lookFor[lang]}
						</p>
					)}
				</div>
			)}
		</div>
	);
}

function Tile({ title, chosen, onChoose }: { title: string; chosen: boolean; onChoose(): void }) {
	return (
		<button
			type="button"
			className="flex min-h-9 items-center justify-between gap-1 rounded-sm border bg-card px-2 py-1 text-left text-xs hover:border-input hover:bg-muted disabled:cursor-default disabled:text-muted-foreground aria-pressed:border-primary aria-pressed:bg-accent aria-pressed:font-medium md:min-h-8 [&_svg]:flex-none [&_svg]:text-primary"
			aria-pressed={chosen}
			onClick={onChoose}
		>
			<span>{title}</span>
			{chosen && <Check size={14} aria-hidden="true" />}
		</button>
	);
}
