// Stands for the package react-style-singleton (vite.config.ts), with which Radix's modal parts lock the page's scroll.
// That one writes a <style> element, which the content security policy forbids; an adopted style sheet it allows.

import { type ComponentType, useEffect } from "react";

/** What the instances of one component share. */
interface Shared {
	sheet: CSSStyleSheet | null;
	mounted: number;
}

function useSheet(shared: Shared, styles: string): void {
	useEffect(() => {
		if (shared.mounted++ === 0) {
			shared.sheet = new CSSStyleSheet();
			shared.sheet.replaceSync(styles);
			document.adoptedStyleSheets.push(shared.sheet);
		}
		return () => {
			if (--shared.mounted > 0) return;
			document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== shared.sheet);
		};
	}, [shared, styles]);
}

/** A component that applies its `styles` while it is mounted; of several instances, those of the first. */
export function styleSingleton(): ComponentType<{ styles: string }> {
	const shared: Shared = { sheet: null, mounted: 0 };
	return ({ styles }) => {
		useSheet(shared, styles);
		return null;
	};
}
