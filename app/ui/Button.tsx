// Buttons of three weights. One `primary` a view at most: it is the one bright thing on the page.

import type { ButtonHTMLAttributes } from "react";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
	kind?: "primary" | "plain" | "quiet";
}

export function Button({ kind = "plain", className = "", ...rest }: Props) {
	return <button type="button" className={`button ${kind} ${className}`} {...rest} />;
}
