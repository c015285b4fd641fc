// Fields that are disabled during a run. Only the fieldset subscribes to the run, so that its children are not
// re-rendered when one starts or ends.
import type { ReactNode } from "react";
import { isBusy, useRun } from "../run/store.ts";

export function Locked({ className, children }: { className?: string; children: ReactNode }) {
	return (
		<fieldset className={className} disabled={useRun((s) => isBusy(s.state))}>
			{children}
		</fieldset>
	);
}
