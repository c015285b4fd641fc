// "Take it to": a button for each program that runs the tuned model, with its file and two commands. Loaded with the first
// adapter.

import { useState } from "react";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { exportTexts } from "./dialog-texts.ts";
import { TARGET_PROGRAMS, type TargetProgram } from "./programs.ts";

const TargetDialog = lazyView(
	async () => (await import("./ExportDialog.tsx")).TargetDialog,
	() => null,
);

export function Targets({ disabled }: { disabled: boolean }) {
	const w = useT(exportTexts);
	const [open, setOpen] = useState<TargetProgram | null>(null);
	return (
		<div className="flex flex-wrap items-center gap-2">
			<span className="help">{w("takeTo")}</span>
			{TARGET_PROGRAMS.map((program) => (
				<Button key={program.word} disabled={disabled} onClick={() => setOpen(program)}>
					{w(program.word)}
				</Button>
			))}
			{open !== null && <TargetDialog program={open} onClose={() => setOpen(null)} />}
		</div>
	);
}
