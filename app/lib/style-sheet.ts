// Replaces the package react-style-singleton (vite.config.ts), which Radix uses to lock scrolling behind dialogs. The
// original writes a <style> element, which the content security policy forbids; an adopted style sheet is allowed.

import { type ComponentType, useEffect } from "react";

/** State shared by the instances of one component. */
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

/** A component that applies its `styles` while mounted; with several instances, those of the first. */
export function styleSingleton(): ComponentType<{ styles: string }> {
	const shared: Shared = { sheet: null, mounted: 0 };
	return ({ styles }) => {
		useSheet(shared, styles);
		return null;
	};
}
