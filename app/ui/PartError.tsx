// The error shown in place of a part of the page that did not load or that failed while it rendered.

import type { FallbackProps } from "react-error-boundary";
import { useT } from "../i18n/index.ts";
import { Button } from "./Button.tsx";
import { Collapsible } from "./Collapsible.tsx";

/** Thrown when the code of a part cannot be fetched: a newer version was deployed, or the network is down. */
export class PartLoadError extends Error {}

export function PartError({ error, resetErrorBoundary }: FallbackProps) {
	const t = useT();
	const unloaded = error instanceof PartLoadError;
	const cause = unloaded ? error.cause : error;
	return (
		<div
			className="grid gap-2 rounded-lg border border-destructive bg-destructive-tint p-3 text-sm wrap-anywhere"
			role="alert"
		>
			<p>
				<strong className="block font-semibold text-destructive">
					{t(unloaded ? "part.unloaded" : "part.failed")}
				</strong>{" "}
				{t(unloaded ? "part.unloadedHint" : "part.failedHint")}
			</p>
			<div className="flex flex-wrap items-center gap-2">
				<Button onClick={resetErrorBoundary}>{t("part.retry")}</Button>
				<Button onClick={() => location.reload()}>{t("part.reload")}</Button>
			</div>
			<Collapsible line={t("error.details")}>
				<pre>{cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}</pre>
			</Collapsible>
		</div>
	);
}
