// The worker's Trusted Types policy, like the page's in app/trusted.ts: it allows workers of this origin only.

declare global {
	var trustedTypes:
		| { createPolicy(name: string, rules: Record<string, (text: string) => string | null>): unknown }
		| undefined;
}

globalThis.trustedTypes?.createPolicy("default", {
	createScriptURL: (address) => (new URL(address, location.href).origin === location.origin ? address : null),
});

export {};
