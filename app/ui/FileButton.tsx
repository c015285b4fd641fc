// A file input that looks like a button. The input itself stays in the page, labelled and focusable, for keyboards,
// screen readers and tests.

import type { InputHTMLAttributes } from "react";
import { buttonStyle } from "./Button.tsx";

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "type" | "onChange"> {
	label: string;
	folder?: boolean;
	onFiles(files: File[]): void;
}

export function FileButton({ label, folder = false, onFiles, disabled, ...rest }: Props) {
	// React has no webkitdirectory property; as an attribute it accepts any text.
	const directory = folder ? { webkitdirectory: "" } : {};
	return (
		<label
			className={buttonStyle({
				kind: "plain",
				size: "normal",
				className:
					"relative cursor-pointer has-disabled:cursor-default has-disabled:border-border has-disabled:bg-muted has-disabled:text-muted-foreground",
			})}
		>
			{label}
			<input
				{...rest}
				{...directory}
				type="file"
				className="sr-only"
				disabled={disabled}
				onChange={(event) => {
					const files = [...(event.target.files ?? [])];
					// Allows choosing the same file again.
					event.target.value = "";
					if (files.length > 0) onFiles(files);
				}}
			/>
		</label>
	);
}
