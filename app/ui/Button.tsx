// Buttons. Each view has at most one `primary`. To add a kind: a line in `buttonStyle`.
import { cva, type VariantProps } from "class-variance-authority";
import type { ButtonHTMLAttributes } from "react";

/** Also for elements that only look like a button, such as a file input's label. */
export const buttonStyle = cva(
	"inline-flex items-center justify-center border text-sm font-medium whitespace-nowrap disabled:cursor-default aria-disabled:cursor-default aria-disabled:text-muted-foreground",
	{
		variants: {
			kind: {
				primary:
					"min-w-26 rounded-md border-primary bg-primary font-semibold text-primary-foreground hover:border-primary-strong hover:bg-primary-strong",
				plain: "rounded-md border-input bg-card hover:bg-muted",
				quiet: "rounded-md border-transparent text-muted-foreground hover:bg-muted hover:text-foreground",
				link: "rounded-sm border-transparent text-xs text-primary hover:text-primary-strong",
			},
			size: {
				normal: "min-h-9 gap-1.5 px-3 py-0.75 md:min-h-7",
				large: "min-h-9 gap-1.5 px-3 py-0.75 md:min-h-8",
				tight: "min-h-9 gap-1 px-1 md:min-h-6",
				icon: "size-9 flex-none md:size-7",
			},
		},
		compoundVariants: [
			{
				kind: ["primary", "plain"],
				class: "disabled:border-border disabled:bg-muted disabled:text-muted-foreground",
			},
			{ kind: ["quiet", "link"], class: "disabled:bg-transparent disabled:text-muted-foreground disabled:opacity-70" },
		],
	},
);

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
	kind?: NonNullable<VariantProps<typeof buttonStyle>["kind"]>;
	/** A square button with only an icon; give it an `aria-label`. */
	icon?: boolean;
}

const SIZES = { primary: "large", plain: "normal", quiet: "normal", link: "tight" } as const;

export function Button({ kind = "plain", icon = false, className, ...rest }: ButtonProps) {
	return (
		<button type="button" className={buttonStyle({ kind, size: icon ? "icon" : SIZES[kind], className })} {...rest} />
	);
}
