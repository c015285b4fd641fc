// Inputs, selects and text areas: native elements with our style, so that phones show their own keyboards and pickers, and
// assistive technology knows them.
import { cva, cx } from "class-variance-authority";
import type { InputHTMLAttributes, ProgressHTMLAttributes, SelectHTMLAttributes, TextareaHTMLAttributes } from "react";

const box = cva(
	"min-w-0 rounded-sm border border-input bg-card disabled:border-border disabled:bg-muted disabled:text-muted-foreground aria-invalid:border-destructive aria-invalid:outline-destructive",
	{ variants: { of: { line: "min-h-9 text-sm px-2 py-0.5 md:min-h-7", text: "block w-full px-2 py-1.5" } } },
);
const SPINLESS = "[appearance:textfield] [&::-webkit-inner-spin-button]:hidden";

/** Any `type` except file (FileButton.tsx). */
export function Input({ type = "text", className, ...rest }: InputHTMLAttributes<HTMLInputElement>) {
	const style =
		type === "checkbox" || type === "radio"
			? "m-0 size-4 flex-none align-middle accent-primary"
			: type === "range"
				? "m-0 block w-full min-w-0 accent-primary"
				: box({ of: "line", className: type === "number" ? SPINLESS : undefined });
	return <input type={type} className={cx(style, className)} {...rest} />;
}

export function Select({ className, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
	return <select className={box({ of: "line", className })} {...rest} />;
}

export function Textarea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) {
	return <textarea className={box({ of: "text", className })} {...rest} />;
}

/** A progress bar; without `value` it is indeterminate. */
export function Progress({ className, ...rest }: ProgressHTMLAttributes<HTMLProgressElement>) {
	return (
		<progress
			className={cx("block h-1 w-full appearance-none overflow-hidden rounded-full border-0 bg-border", className)}
			{...rest}
		/>
	);
}
