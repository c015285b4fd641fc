// The page's one Trusted Types policy. Its content security policy (scripts/build/csp.mjs) lets no text become markup or
// code; what must start a script by its address, the engine's worker and the service worker, may start this origin's.

// TypeScript's own types do not have it yet; Firefox and Safari have not had it for long.
declare global {
	var trustedTypes:
		| { createPolicy(name: string, rules: Record<string, (text: string) => string | null>): unknown }
		| undefined;
}

// What is answered with null the browser refuses, and says so in the console.
globalThis.trustedTypes?.createPolicy("default", {
	createScriptURL: (address) => (new URL(address, document.baseURI).origin === location.origin ? address : null),
	// Radix's Select and ScrollArea write a <style> that hides scroll bars: it is left empty.
	createHTML: (markup) => (markup.startsWith("[data-radix-") ? "" : null),
});

export {};
