// Keeps the screen on: a screen wake lock, which the browser releases while the page is hidden and which is requested again when it
// is visible. Without support, or if the browser refuses, nothing happens.

/**
 * @param onChange receives whether the screen is kept on
 * @returns ends it
 */
export function keepAwake(onChange: (held: boolean) => void): () => void {
	let lock: WakeLockSentinel | null = null;
	let ended = false;
	const request = async () => {
		if (ended || document.visibilityState !== "visible" || (lock !== null && !lock.released)) return;
		try {
			const got = await navigator.wakeLock.request("screen");
			if (ended) return void got.release();
			lock = got;
			got.addEventListener("release", () => onChange(false));
			onChange(true);
		} catch {
			// Refused, as in a battery saver.
		}
	};
	const visible = () => void request();
	if (!("wakeLock" in navigator)) return () => undefined;
	document.addEventListener("visibilitychange", visible);
	void request();
	return () => {
		ended = true;
		document.removeEventListener("visibilitychange", visible);
		void lock?.release();
	};
}
