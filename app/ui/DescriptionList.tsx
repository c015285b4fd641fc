// A list of terms and values, one per line, with the values aligned right.
import { cx } from "class-variance-authority";
import type { HTMLAttributes, ReactNode } from "react";

export function DescriptionList({ className, ...rest }: HTMLAttributes<HTMLDListElement>) {
	return <dl className={cx("grid gap-0.5 text-sm", className)} {...rest} />;
}

export function DescriptionItem({ term, children }: { term: string; children: ReactNode }) {
	return (
		<div className="flex justify-between gap-3">
			<dt className="whitespace-nowrap text-muted-foreground">{term}</dt>
			<dd className="num text-right wrap-anywhere">{children}</dd>
		</div>
	);
}
