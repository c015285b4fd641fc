// Content that expands below a summary line.
import { cx } from "class-variance-authority";
import type { DetailsHTMLAttributes, ReactNode } from "react";

interface Props extends DetailsHTMLAttributes<HTMLDetailsElement> {
	line: ReactNode;
}

export function Collapsible({ line, className, children, ...rest }: Props) {
	return (
		<details className={cx("[&>:not(summary)]:mt-2", className)} {...rest}>
			<summary className="w-fit text-sm text-muted-foreground hover:text-foreground">{line}</summary>
			{children}
		</details>
	);
}
