// Installs the service worker that the build writes (vite.config.ts). It caches every file, the bundled model too, once
// the page has loaded and no run is being prepared, so that it slows down neither. A new version waits until the user
// asks for it: nothing reloads a page by itself.

import { isBusy, useRun } from "../run/store.ts";
import { useOffline } from "./offline-store.ts";

/** Delay after loading, and interval between checks while a run is prepared. */
const PATIENCE_MS = 1000;

export function watchNetwork(): void {
	const look = () => useOffline.setState({ online: navigator.onLine });
	addEventListener("online", look);
	addEventListener("offline", look);
	look();
	// A page that the service worker serves is in the cache.
	useOffline.setState({ kept: Boolean(navigator.serviceWorker?.controller) });
}

/** Resolves when no run is between the click on Start and its second step. */
async function quiet(): Promise<void> {
	const isStarting = () => {
		const { state, step } = useRun.getState();
		return state === "preparing" || (state === "running" && step < 2);
	};
	do await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
	while (isStarting());
}

/** @param arrived settles when the page has loaded, with or without an error */
export async function keepOnDevice(arrived: Promise<void>): Promise<void> {
	// The development server has no service worker; insecure origins have no `serviceWorker`.
	if (!import.meta.env.PROD || navigator.serviceWorker === undefined) return;
	await arrived.catch(() => undefined); // reported elsewhere
	await quiet();
	try {
		const registration = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`);
		follow(registration);
		await navigator.serviceWorker.ready;
		useOffline.setState({ kept: true });
	} catch {
		// Refused (private window, blocked storage) or offline: the page works, but is not cached.
	}
}

function follow(registration: ServiceWorkerRegistration): void {
	const look = () => useOffline.setState({ newVersion: registration.waiting !== null });
	const listen = () => registration.installing?.addEventListener("statechange", look);
	registration.addEventListener("updatefound", listen);
	listen();
	look();
}

/** Reloads this page with the new version. Other tabs keep the old one until they are reloaded. */
export async function loadNewVersion(): Promise<void> {
	const registration = await navigator.serviceWorker.getRegistration();
	if (registration?.waiting == null || isBusy(useRun.getState().state)) return;
	navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
	registration.waiting.postMessage({ type: "SKIP_WAITING" });
}
