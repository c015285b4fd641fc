// A select with its label above.
import { useId } from "react";
import { Select } from "./Input.tsx";
import { LabelledField } from "./LabelledField.tsx";

interface Props<T extends string> {
	label: string;
	options: readonly { value: T; text: string }[];
	value: T;
	disabled?: boolean;
	className?: string;
	onChange(value: T): void;
}

export function SelectField<T extends string>({ label, options, value, disabled, className, onChange }: Props<T>) {
	const id = useId();
	return (
		<LabelledField id={id} label={label} className={className}>
			<Select
				id={id}
				value={value}
				disabled={disabled}
				onChange={({ target }) => {
					const option = options.find((one) => one.value === target.value);
					if (option !== undefined) onChange(option.value);
				}}
			>
				{options.map((option) => (
					<option key={option.value} value={option.value}>
						{option.text}
					</option>
				))}
			</Select>
		</LabelledField>
	);
}
