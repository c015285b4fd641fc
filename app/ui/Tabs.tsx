// The tab row, by the ARIA pattern: one stop for Tab, arrows and Home/End move between tabs.

import type { KeyboardEvent } from "react";
import { useT } from "../i18n/index.ts";
import { TABS, type Tab, useUi } from "../stores/ui.ts";

export const tabId = (tab: Tab): string => `tab-${tab}`;
export const panelId = (tab: Tab): string => `panel-${tab}`;

export function Tabs() {
	const t = useT();
	const active = useUi((s) => s.tab);
	const go = (tab: Tab) => {
		useUi.setState({ tab });
		document.getElementById(tabId(tab))?.focus();
	};
	const onKeyDown = (event: KeyboardEvent) => {
		const i = TABS.indexOf(active);
		const to = {
			ArrowRight: (i + 1) % TABS.length,
			ArrowLeft: (i + TABS.length - 1) % TABS.length,
			Home: 0,
			End: TABS.length - 1,
		}[event.key];
		if (to === undefined) return;
		event.preventDefault();
		go(TABS[to]);
	};
	return (
		<div role="tablist" aria-label={t("tabs.label")} className="tabs" onKeyDown={onKeyDown}>
			{TABS.map((tab) => (
				<button
					key={tab}
					type="button"
					role="tab"
					id={tabId(tab)}
					aria-selected={tab === active}
					aria-controls={tab === active ? panelId(tab) : undefined}
					tabIndex={tab === active ? 0 : -1}
					onClick={() => go(tab)}
				>
					{t(`tab.${tab}`)}
				</button>
			))}
		</div>
	);
}
