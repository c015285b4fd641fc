// Terms and their values, a line each, values to the right.
import { cx } from "class-variance-authority";
import type { HTMLAttributes, ReactNode } from "react";

export function Facts({ className, ...rest }: HTMLAttributes<HTMLDListElement>) {
	return <dl className={cx("grid gap-0.5 text-sm", className)} {...rest} />;
}

export function Fact({ term, children }: { term: string; children: ReactNode }) {
	return (
		<div className="flex justify-between gap-3">
			<dt className="whitespace-nowrap text-muted-foreground">{term}</dt>
			<dd className="num text-right wrap-anywhere">{children}</dd>
		</div>
	);
}
