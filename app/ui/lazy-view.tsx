// Parts of the page whose code loads when they are first rendered. When that code cannot be loaded, or the part throws while it
// renders, an error is shown in its place and the rest of the page keeps working.

import { type ComponentType, lazy, Suspense, useState } from "react";
import { ErrorBoundary } from "react-error-boundary";
import { useT } from "../i18n/index.ts";
import { PartError, PartLoadError } from "./PartError.tsx";

/** @param Fallback is shown until the code has loaded */
export function lazyView<Props extends object>(
	load: () => Promise<ComponentType<Props>>,
	Fallback: ComponentType = Loading,
): ComponentType<Props> {
	const attempt = () =>
		lazy(async () => {
			try {
				return { default: await load() };
			} catch (cause) {
				throw new PartLoadError("The code of this part of the page could not be loaded.", { cause });
			}
		});
	let View = attempt(); // React.lazy keeps a failure, so another attempt needs another component
	return function LazyView(props: Props) {
		const [, setAttempts] = useState(0);
		const tryAgain = () => {
			View = attempt();
			setAttempts((n) => n + 1);
		};
		return (
			<ErrorBoundary FallbackComponent={PartError} onReset={tryAgain}>
				<Suspense fallback={<Fallback />}>
					<View {...props} />
				</Suspense>
			</ErrorBoundary>
		);
	};
}

function Loading() {
	const t = useT();
	return <p className="help p-4">{t("tabs.loading")}</p>;
}
