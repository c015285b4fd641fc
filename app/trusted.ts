// The page's only Trusted Types policy. The content security policy (scripts/build/csp.mjs) forbids creating markup or code
// from text; the engine's worker and the service worker may be started by URL, from this origin only.

// TypeScript's own types lack this API; Firefox and Safari have only had it recently.
declare global {
	var trustedTypes:
		| { createPolicy(name: string, rules: Record<string, (text: string) => string | null>): unknown }
		| undefined;
}

// The browser rejects null and logs it in the console.
globalThis.trustedTypes?.createPolicy("default", {
	createScriptURL: (address) => (new URL(address, document.baseURI).origin === location.origin ? address : null),
	// Radix's Select and ScrollArea write a <style> that hides scroll bars; it is left empty.
	createHTML: (markup) => (markup.startsWith("[data-radix-") ? "" : null),
});

export {};
