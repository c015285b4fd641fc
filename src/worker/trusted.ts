// The worker's one Trusted Types policy, as app/trusted.ts has the page's: it may start workers of this origin, no other.

declare global {
	var trustedTypes:
		| { createPolicy(name: string, rules: Record<string, (text: string) => string | null>): unknown }
		| undefined;
}

globalThis.trustedTypes?.createPolicy("default", {
	createScriptURL: (address) => (new URL(address, location.href).origin === location.origin ? address : null),
});

export {};
