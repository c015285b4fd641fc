// A window whose code comes when it is first opened; from then on it stays, so that it gives the focus back when it closes.
import { type ReactNode, Suspense, useState } from "react";

interface Props {
	when: boolean;
	/** Stands there until the code has come. */
	until?: ReactNode;
	children: ReactNode;
}

export function Opened({ when, until = null, children }: Props) {
	const [ever, setEver] = useState(when);
	if (when && !ever) setEver(true);
	return ever ? <Suspense fallback={until}>{children}</Suspense> : null;
}
