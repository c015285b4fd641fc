// Fields that are off while a run goes on. Only the fieldset hears of runs: what it holds is not rendered again when
// one starts or ends, which with every setting in it would hold up the page just then.
import type { ReactNode } from "react";
import { isBusy, useRun } from "../run/store.ts";

export function Locked({ className, children }: { className?: string; children: ReactNode }) {
	return (
		<fieldset className={className} disabled={useRun((s) => isBusy(s.state))}>
			{children}
		</fieldset>
	);
}
