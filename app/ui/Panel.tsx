// A framed part of the page: a region, named by its `aria-label`.
import { cx } from "class-variance-authority";
import type { HTMLAttributes } from "react";

export const panelStyle = "grid min-w-0 gap-3 rounded-lg border bg-card p-3";

export function Panel({ className, ...rest }: HTMLAttributes<HTMLElement>) {
	return <section className={cx(panelStyle, className)} {...rest} />;
}
