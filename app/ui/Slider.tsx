// A labelled slider that shows its value; on a phone the label is above.
import { useId } from "react";
import { Input } from "./Input.tsx";

interface Props {
	label: string;
	value: number;
	min?: number;
	max: number;
	step?: number;
	/** The displayed value; the number itself by default. */
	text?: string;
	/** A sentence below the slider. */
	help?: string;
	disabled?: boolean;
	onChange(value: number): void;
}

export function Slider({ label, value, min = 0, max, step = 1, text, help, disabled, onChange }: Props) {
	const id = useId();
	return (
		<div className="grid grid-cols-[1fr_auto] items-center gap-x-3 gap-y-1 max-md:[&>label]:col-span-full md:grid-cols-[140px_minmax(120px,480px)_auto]">
			<label htmlFor={id} className="text-sm">
				{label}
			</label>
			<Input
				id={id}
				type="range"
				min={min}
				max={max}
				step={step}
				value={value}
				disabled={disabled}
				aria-describedby={help === undefined ? undefined : `${id}-help`}
				onChange={(event) => onChange(Number(event.target.value))}
			/>
			{/* Not an <output>, whose role is status: only the run has that. Screen readers read the slider's value. */}
			<span className="num" aria-hidden="true">
				{text ?? value}
			</span>
			{help !== undefined && (
				<p id={`${id}-help`} className="help col-span-full">
					{help}
				</p>
			)}
		</div>
	);
}
