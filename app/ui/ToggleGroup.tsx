// A group of buttons that selects one of a few options.
import { cx } from "class-variance-authority";

interface Props<T extends string> {
	/** Accessible name of the group. */
	label: string;
	options: readonly { value: T; text: string; name?: string; lang?: string }[];
	value: T;
	disabled?: boolean;
	className?: string;
	onChange(value: T): void;
}

export function ToggleGroup<T extends string>({ label, options, value, disabled, className, onChange }: Props<T>) {
	return (
		<fieldset className={cx("flex w-fit gap-0.5 rounded-lg border bg-muted p-0.5", className)}>
			<legend className="sr-only">{label}</legend>
			{options.map((option) => (
				<button
					key={option.value}
					type="button"
					lang={option.lang}
					aria-label={option.name}
					aria-pressed={option.value === value}
					disabled={disabled}
					className="min-h-9 rounded-sm px-2 py-px text-sm text-muted-foreground hover:text-foreground aria-pressed:bg-card aria-pressed:font-medium aria-pressed:text-foreground aria-pressed:ring-1 aria-pressed:ring-input md:min-h-0"
					onClick={() => onChange(option.value)}
				>
					{option.text}
				</button>
			))}
		</fieldset>
	);
}
