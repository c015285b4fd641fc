// A table that scrolls horizontally where the window is narrow. Cells are plain <th> and <td>.
import { cva, type VariantProps } from "class-variance-authority";
import type { TableHTMLAttributes } from "react";

const tableStyle = cva(
	"w-full border-collapse text-sm [&_caption]:max-w-[calc(100vw-3.5rem)] [&_caption]:pb-1 [&_caption]:text-left [&_caption]:text-xs [&_caption]:text-muted-foreground [&_td]:text-left [&_th]:text-left [&_thead_th]:text-xs [&_thead_th]:font-medium [&_thead_th]:text-muted-foreground",
	{
		variants: {
			of: {
				figures:
					"[&_td]:border-b [&_td]:py-1 [&_td]:pr-2 [&_td]:whitespace-nowrap [&_th]:border-b [&_th]:py-1 [&_th]:pr-2 [&_th]:whitespace-nowrap [&_tbody_th]:max-w-50 [&_tbody_th]:truncate [&_tbody_th]:font-medium",
				texts:
					"[&_td]:min-w-35 [&_td]:border-b [&_td]:py-1 [&_td]:pr-2 [&_td]:align-top [&_th]:border-b [&_th]:py-1 [&_th]:pr-2 [&_tbody_th]:w-1/4 [&_tbody_th]:align-top [&_tbody_th]:font-medium [&_tbody_th]:text-muted-foreground",
				shades: "[&_td]:py-px [&_td]:pr-0.5 [&_th]:pr-2 [&_tbody_th]:font-medium",
			},
		},
		defaultVariants: { of: "figures" },
	},
);

/** `of`: figures (one line per row), texts (which wrap) or shades (a heat map). */
export function Table({
	of,
	className,
	...rest
}: TableHTMLAttributes<HTMLTableElement> & VariantProps<typeof tableStyle>) {
	return (
		<div className="scroll-x">
			<table className={tableStyle({ of, className })} {...rest} />
		</div>
	);
}
