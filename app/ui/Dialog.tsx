// A window over the page: Radix keeps the focus in it, closes it on Escape and gives the focus back. Give it a title, a
// sentence, and buttons as `footer`; mark what the cursor should start in with `data-autofocus`.

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { useT } from "../i18n/index.ts";

interface Props {
	open: boolean;
	/** Escape, a click beside it, or the cross. */
	onClose(): void;
	title: string;
	description: ReactNode;
	/** Buttons, the one that goes on last. */
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
				<div className="dialog-veil" aria-hidden="true" />
				<Radix.Content
					ref={content}
					className={`dialog ${size}`}
					onOpenAutoFocus={(event) => {
						opener.current = document.activeElement;
						const first = content.current?.querySelector<HTMLElement>("[data-autofocus]");
						if (first == null) return;
						event.preventDefault();
						first.focus();
					}}
					onCloseAutoFocus={(event) => {
						// Radix knows only openers that are its own Trigger.
						event.preventDefault();
						if (opener.current instanceof HTMLElement) opener.current.focus();
					}}
					onEscapeKeyDown={(event) => {
						// An Escape that ends a composition (Chinese, Japanese input) is not meant for the window.
						if (event.isComposing) event.preventDefault();
					}}
				>
					<header className="dialog-head">
						<Radix.Title>{title}</Radix.Title>
						<Radix.Close className="button quiet icon" aria-label={t("dialog.close")} title={t("dialog.close")}>
							<X size={16} aria-hidden="true" />
						</Radix.Close>
						<Radix.Description asChild>
							<div className="help">{description}</div>
						</Radix.Description>
					</header>
					<div className="dialog-body">{children}</div>
					{footer !== undefined && <footer className="dialog-foot">{footer}</footer>}
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}
