// The page's one Trusted Types policy. Its content security policy (scripts/headers.mjs) lets no text become markup or
// code; what must start a script by its address, the engine's worker and the service worker, may start this origin's.

// TypeScript's own types do not have it yet; Firefox and Safari have not had it for long.
declare global {
	var trustedTypes:
		| { createPolicy(name: string, rules: Record<string, (text: string) => string>): unknown }
		| undefined;
}

globalThis.trustedTypes?.createPolicy("default", {
	createScriptURL(address) {
		if (new URL(address, document.baseURI).origin === location.origin) return address;
		throw new TypeError(`TabTune starts no script of another origin: ${address}`);
	},
	// Radix's Select and ScrollArea write a <style> that hides a scroll bar; base.css says the same.
	createHTML(markup) {
		if (markup.startsWith("[data-radix-")) return "";
		throw new TypeError(`TabTune makes no markup from text: ${markup.slice(0, 80)}`);
	},
});

export {};
