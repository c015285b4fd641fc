// A highlighted offer or note; errors use ErrorNote.tsx.
import type { HTMLAttributes } from "react";

export function Notice(props: HTMLAttributes<HTMLDivElement>) {
	return <div className="grid gap-2 rounded-lg border wrap-anywhere border-primary bg-accent p-3" {...props} />;
}
