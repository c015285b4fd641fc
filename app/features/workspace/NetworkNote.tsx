// A strip at the bottom of the window: the network is off, or a new version is available. Space for it is reserved at the
// end of the page, so that nothing moves when it appears.

import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { isBusy, useRun } from "../run/store.ts";
import { loadNewVersion } from "./offline.ts";
import { useOffline } from "./offline-store.ts";

export function NetworkNote() {
	const t = useT();
	const { online, kept, newVersion } = useOffline();
	const busy = useRun((s) => isBusy(s.state));
	const isNews = online && newVersion && !busy;
	return (
		// Always mounted, so that screen readers announce changes.
		<div className="sticky bottom-0 z-1" aria-live="polite">
			{(!online || isNews) && (
				<aside
					className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 border-t bg-card px-4 py-1 text-sm text-muted-foreground"
					aria-label={t("offline.label")}
				>
					{isNews ? (
						<>
							<p>{t("offline.newVersion")}</p>
							<Button onClick={() => void loadNewVersion()}>{t("offline.reload")}</Button>
						</>
					) : (
						<p>{t(kept ? "offline.works" : "offline.notKept")}</p>
					)}
				</aside>
			)}
		</div>
	);
}
