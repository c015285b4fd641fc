// Mounts a lazily loaded dialog (lazy-view.tsx) the first time it opens and keeps it mounted, so that it can restore the focus on close.
import { type ReactNode, useState } from "react";

interface Props {
	when: boolean;
	children: ReactNode;
}

export function LazyDialog({ when, children }: Props) {
	const [ever, setEver] = useState(when);
	if (when && !ever) setEver(true);
	return ever ? children : null;
}
