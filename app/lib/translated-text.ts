// Keeps texts current while the browser translates the page. The translation replaces text nodes by <font> elements, but React still
// updates the original nodes. A replaced node is put back when its text changes.

/** Text nodes that were replaced, and the elements in their places. */
const replacements = new WeakMap<Text, Element>();

const isFont = (node: Node | null | undefined): node is HTMLElement => node?.nodeName === "FONT";

function note({ addedNodes, removedNodes, previousSibling, nextSibling }: MutationRecord): void {
	for (const node of removedNodes) {
		if (!(node instanceof Text)) continue;
		const font = [...addedNodes, previousSibling, nextSibling].find(isFont);
		if (font !== undefined) replacements.set(node, font);
	}
}

export function followTranslation(): void {
	const observer = new MutationObserver((records) => records.forEach(note));
	observer.observe(document.body, { childList: true, subtree: true });
	const value = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue");
	Object.defineProperty(Text.prototype, "nodeValue", {
		...value,
		set(this: Text, text: string | null) {
			value?.set?.call(this, text);
			const font = replacements.get(this);
			if (font === undefined) return;
			replacements.delete(this);
			if (font.isConnected && !this.isConnected) font.replaceWith(this);
		},
	});
}
