// A row of tabs, on Radix: Tab reaches the row once; arrows, Home and End move within it.
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface Props {
	value: string;
	onChange(id: string): void;
	children: ReactNode;
}

export function Tabs({ value, onChange, children }: Props) {
	return (
		<Radix.Root value={value} onValueChange={onChange}>
			{children}
		</Radix.Root>
	);
}

export function TabRow({ label, tabs }: { label: string; tabs: readonly { id: string; label: string }[] }) {
	return (
		<Radix.List aria-label={label} className="flex scroll-x border-b bg-card px-1 md:gap-1 md:px-3">
			{tabs.map((tab) => (
				<Radix.Trigger
					key={tab.id}
					value={tab.id}
					className="border-b-2 border-transparent px-1 py-1.5 text-sm whitespace-nowrap md:px-2 md:text-base text-muted-foreground hover:text-foreground focus-visible:-outline-offset-2 data-[state=active]:border-primary data-[state=active]:font-medium data-[state=active]:text-foreground"
				>
					{tab.label}
				</Radix.Trigger>
			))}
		</Radix.List>
	);
}

export function TabPanel({ id, children }: { id: string; children: ReactNode }) {
	return (
		<Radix.Content value={id} tabIndex={-1} className="outline-none">
			{children}
		</Radix.Content>
	);
}
