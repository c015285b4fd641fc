// A modal dialog on Radix, which traps the focus, closes on Escape and restores the focus. It takes a title, a
// description, and buttons as `footer`; `data-autofocus` marks the element to focus.

import { cva } from "class-variance-authority";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { useT } from "../i18n/index.ts";
import { buttonStyle } from "./Button.tsx";

/** As large as its content, at most the window; full-screen on a phone. */
const dialogStyle = cva(
	"fixed inset-0 z-41 m-auto grid h-dvh w-screen grid-rows-[auto_minmax(0,1fr)_auto] overscroll-contain bg-card focus-visible:outline-none md:h-fit md:max-h-[calc(100dvh-48px)] md:rounded-xl md:border md:border-input md:shadow-[0_12px_40px_var(--veil)]",
	{
		variants: {
			size: {
				narrow: "md:w-[min(560px,calc(100vw-32px))]",
				wide: "md:w-[min(960px,calc(100vw-32px))]",
			},
		},
	},
);

interface Props {
	open: boolean;
	/** Escape, a click outside, or the close button. */
	onClose(): void;
	title: string;
	description: ReactNode;
	/** Buttons, the primary one last. */
	footer?: ReactNode;
	/** "wide" for lists and tables. */
	size?: "narrow" | "wide";
	children: ReactNode;
}

export function Dialog({ open, onClose, title, description, footer, size = "narrow", children }: Props) {
	const t = useT();
	const content = useRef<HTMLDivElement>(null);
	const opener = useRef<Element | null>(null);
	return (
		<Radix.Root open={open} onOpenChange={(now) => !now && onClose()}>
			<Radix.Portal>
				<div
					aria-hidden="true"
					// A box that scrolls by one pixel, so that the page behind it does not scroll.
					className="pointer-events-auto fixed inset-0 z-40 overflow-y-scroll overscroll-contain bg-veil [scrollbar-width:none] after:block after:h-[calc(100%+1px)] after:content-['']"
				/>
				<Radix.Content
					ref={content}
					className={dialogStyle({ size })}
					onOpenAutoFocus={(event) => {
						opener.current = document.activeElement;
						const first = content.current?.querySelector<HTMLElement>("[data-autofocus]");
						if (first == null) return;
						event.preventDefault();
						first.focus();
					}}
					onCloseAutoFocus={(event) => {
						// Radix restores the focus only to its own Trigger.
						event.preventDefault();
						if (opener.current instanceof HTMLElement) opener.current.focus();
					}}
					onEscapeKeyDown={(event) => {
						// Escape that cancels an IME composition does not close the dialog.
						if (event.isComposing) event.preventDefault();
					}}
				>
					<header className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 border-b p-3 md:px-4">
						<Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
						<Radix.Close
							className={buttonStyle({ kind: "quiet", size: "icon" })}
							aria-label={t("dialog.close")}
							title={t("dialog.close")}
						>
							<X size={16} aria-hidden="true" />
						</Radix.Close>
						<Radix.Description asChild>
							<div className="help col-span-full">{description}</div>
						</Radix.Description>
					</header>
					<div className="grid content-start gap-4 overflow-y-auto overscroll-contain p-3 empty:hidden md:p-4">
						{children}
					</div>
					{footer !== undefined && (
						<footer className="flex flex-wrap items-center justify-end gap-2 border-t p-3 md:px-4">{footer}</footer>
					)}
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}
