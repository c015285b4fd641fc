// Mounts a lazily loaded dialog the first time it opens and keeps it mounted, so that it can restore the focus on close.
import { type ReactNode, Suspense, useState } from "react";

interface Props {
	when: boolean;
	/** Rendered until the code has loaded. */
	until?: ReactNode;
	children: ReactNode;
}

export function LazyDialog({ when, until = null, children }: Props) {
	const [ever, setEver] = useState(when);
	if (when && !ever) setEver(true);
	return ever ? <Suspense fallback={until}>{children}</Suspense> : null;
}
