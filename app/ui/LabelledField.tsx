// A control with its label above.
import { cx } from "class-variance-authority";
import type { ReactNode } from "react";

interface Props {
	id: string;
	label: string;
	className?: string;
	children: ReactNode;
}

export function LabelledField({ id, label, className, children }: Props) {
	return (
		<div className={cx("grid gap-0.5", className)}>
			<label htmlFor={id} className="text-sm">
				{label}
			</label>
			{children}
		</div>
	);
}
