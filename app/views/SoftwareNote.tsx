// Says once that a software adapter is slow and still right; put away with one press.

import { useT } from "../i18n/index.ts";
import { useEngine } from "../stores/engine.ts";
import { useUi } from "../stores/ui.ts";
import { shortDevice } from "./Header.tsx";

export function SoftwareNote() {
	const t = useT();
	const device = useEngine((s) => s.device);
	const closed = useUi((s) => s.noteClosed);
	if (device === null || !device.software || closed) return null;
	const name = shortDevice(device.description, device.vendor, device.architecture);
	return (
		<div className="page-note info-note">
			<p>{t("note.software", { device: name })}</p>
			<button type="button" className="button quiet icon" aria-label={t("note.close")} onClick={() => useUi.setState({ noteClosed: true })}>
				<span aria-hidden="true">×</span>
			</button>
		</div>
	);
}
