// A bounded number that is not a run setting (sampling, held-out share). Out-of-range texts are ignored; on blur the field
// shows the last valid value.

import { useId, useState } from "react";
import { Input } from "./Input.tsx";

interface Props {
	label: string;
	help?: string;
	value: number;
	min: number;
	max: number;
	/** Default: 1 for integers, any value otherwise. */
	step?: number;
	integer?: boolean;
	unit?: string;
	disabled?: boolean;
	onChange(value: number): void;
}

export function NumberField({ label, help, value, min, max, step, integer = false, unit, disabled, onChange }: Props) {
	const id = useId();
	const [typed, setTyped] = useState<string | null>(null);
	return (
		<div className="grid gap-0.5">
			<div className="flex items-center gap-2">
				<label htmlFor={id} className="flex-1 text-sm">
					{label}
				</label>
				<Input
					id={id}
					type="number"
					className="w-24 flex-none text-right font-mono tabular-nums"
					disabled={disabled}
					min={min}
					max={max}
					step={step ?? (integer ? 1 : "any")}
					value={typed ?? value}
					aria-describedby={help === undefined ? undefined : `${id}-help`}
					onChange={(event) => {
						setTyped(event.target.value);
						const n = Number(event.target.value);
						if (event.target.value !== "" && n >= min && n <= max && (!integer || Number.isInteger(n))) onChange(n);
					}}
					onBlur={() => setTyped(null)}
				/>
				{unit !== undefined && <span className="text-muted-foreground">{unit}</span>}
			</div>
			{help !== undefined && (
				<p id={`${id}-help`} className="help">
					{help}
				</p>
			)}
		</div>
	);
}
