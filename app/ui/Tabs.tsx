// The tab row over Radix's tabs: one stop for Tab, arrows and Home/End move between them. The panels are App.tsx's, each
// in a TabPanel; only that in view is mounted.

import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { TABS, type Tab, useUi } from "../features/workspace/store.ts";
import { useT } from "../i18n/index.ts";

export function Tabs({ children }: { children: ReactNode }) {
	const tab = useUi((s) => s.tab);
	return (
		<Radix.Root value={tab} onValueChange={(to) => useUi.setState({ tab: to as Tab })}>
			{children}
		</Radix.Root>
	);
}

export function TabRow() {
	const t = useT();
	return (
		<Radix.List aria-label={t("tabs.label")} className="flex gap-1 overflow-x-auto border-b bg-card px-3">
			{TABS.map((tab) => (
				<Radix.Trigger
					key={tab}
					value={tab}
					className="border-b-2 border-transparent px-2 py-1.5 whitespace-nowrap text-muted-foreground hover:text-foreground focus-visible:-outline-offset-2 data-[state=active]:border-primary data-[state=active]:font-medium data-[state=active]:text-foreground"
				>
					{t(`tab.${tab}`)}
				</Radix.Trigger>
			))}
		</Radix.List>
	);
}

export function TabPanel({ tab, children }: { tab: Tab; children: ReactNode }) {
	return (
		<Radix.Content value={tab} tabIndex={-1} className="outline-none">
			{children}
		</Radix.Content>
	);
}
