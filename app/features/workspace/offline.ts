// Keeps the page on the device, through the service worker that the build makes (vite.config.ts): every file, the bundled
// model too. It starts once the page has arrived and no run is being prepared, so that it takes nothing from either.
// A newer version waits until it is asked for: nothing reloads a page by itself.

import { isBusy, useRun } from "../run/store.ts";
import { useOffline } from "./offline-store.ts";

/** How long the page is left alone after its arrival, and how often it is looked at again while a run is prepared. */
const PATIENCE_MS = 1000;

export function watchNetwork(): void {
	const look = () => useOffline.setState({ online: navigator.onLine });
	addEventListener("online", look);
	addEventListener("offline", look);
	look();
}

/** Resolves when no run is between its click and its second step, the time a person waits for. */
async function quiet(): Promise<void> {
	const isStarting = () => {
		const { state, step } = useRun.getState();
		return state === "preparing" || (state === "running" && step < 2);
	};
	do await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
	while (isStarting());
}

/** @param arrived settles when the page stands, well or not. */
export async function keepOnDevice(arrived: Promise<void>): Promise<void> {
	// The development server has no service worker, and an insecure address no `serviceWorker`.
	if (!import.meta.env.PROD || navigator.serviceWorker === undefined) return;
	await arrived.catch(() => undefined); // who waits for it hears of it
	await quiet();
	try {
		const registration = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`);
		follow(registration);
		await navigator.serviceWorker.ready;
		useOffline.setState({ kept: true });
	} catch {
		// Refused (a private window, blocked storage) or no network: the page works, and is not kept.
	}
}

function follow(registration: ServiceWorkerRegistration): void {
	const look = () => useOffline.setState({ newVersion: registration.waiting !== null });
	const listen = () => registration.installing?.addEventListener("statechange", look);
	registration.addEventListener("updatefound", listen);
	listen();
	look();
}

/** Reloads this page as the newer version. Other tabs stay as they are until they are reloaded. */
export async function takeNewVersion(): Promise<void> {
	const registration = await navigator.serviceWorker.getRegistration();
	if (registration?.waiting == null || isBusy(useRun.getState().state)) return;
	navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
	registration.waiting.postMessage({ type: "SKIP_WAITING" });
}
