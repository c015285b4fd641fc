// A text box for numbers separated by commas, with help or an error message below.
import { useId } from "react";
import { Input } from "./Input.tsx";
import { LabelledField } from "./LabelledField.tsx";

interface Props {
	label: string;
	help: string;
	/** The text cannot be read; `help` says why. */
	invalid: boolean;
	value: string;
	className?: string;
	onChange(text: string): void;
	onBlur(): void;
}

export function ListField({ label, help, invalid, value, className, onChange, onBlur }: Props) {
	const id = useId();
	return (
		<LabelledField id={id} label={label} className={className}>
			<Input
				id={id}
				className="w-full font-mono tabular-nums"
				inputMode="numeric"
				value={value}
				aria-invalid={invalid}
				aria-describedby={`${id}-help`}
				onChange={(event) => onChange(event.target.value)}
				onBlur={onBlur}
			/>
			<p id={`${id}-help`} className={invalid ? "problem" : "help"}>
				{help}
			</p>
		</LabelledField>
	);
}
