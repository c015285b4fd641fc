// A window whose code comes when it is first opened; from then on it stays, so that it gives the focus back when it closes.
import { type ReactNode, Suspense, useState } from "react";

export function Opened({ when, children }: { when: boolean; children: ReactNode }) {
	const [ever, setEver] = useState(when);
	if (when && !ever) setEver(true);
	return ever ? <Suspense fallback={null}>{children}</Suspense> : null;
}
