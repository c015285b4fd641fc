// A button that opens a menu, on Radix: arrow keys and letters move through it, and closing restores the focus.
import { ChevronDown } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./Button.tsx";

export function Menu({ label, disabled, children }: { label: string; disabled?: boolean; children: ReactNode }) {
	return (
		<DropdownMenu.Root modal={false}>
			<DropdownMenu.Trigger asChild>
				<Button disabled={disabled}>
					{label} <ChevronDown size={16} aria-hidden="true" />
				</Button>
			</DropdownMenu.Trigger>
			{/* No portal: outside the landmarks, screen readers would not list it. */}
			<DropdownMenu.Content
				className="z-30 min-w-55 rounded-lg border border-input bg-card p-1 shadow-[0_4px_16px_var(--veil)]"
				align="end"
				sideOffset={4}
			>
				{children}
			</DropdownMenu.Content>
		</DropdownMenu.Root>
	);
}

/** `aside` is a size or a short explanation. */
export function MenuItem({ aside, onSelect, children }: { aside?: string; onSelect(): void; children: ReactNode }) {
	return (
		<DropdownMenu.Item
			className="flex cursor-pointer items-baseline justify-between gap-3 rounded-sm px-2 py-1.5 text-sm outline-none data-highlighted:bg-accent"
			onSelect={onSelect}
		>
			{children} {aside !== undefined && <span className="help">{aside}</span>}
		</DropdownMenu.Item>
	);
}
