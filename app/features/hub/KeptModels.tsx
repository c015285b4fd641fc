// Models downloaded to this device: use offline, resume, delete.

import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { useEngine } from "../model/store.ts";
import { remove, resumeDownload, use } from "./actions.ts";
import { useHub } from "./store.ts";
import { hubTexts } from "./texts.ts";

export function KeptModels({ busy, token }: { busy: boolean; token: string | null }) {
	const w = useT(hubTexts);
	const kept = useHub((s) => s.kept);
	const state = useHub((s) => s.state);
	const source = useEngine((s) => s.source);
	if (kept === null) return null;
	const sum = kept.reduce((total, { keptBytes }) => total + keptBytes, 0);
	return (
		<>
			<h3>{w("onDevice")}</h3>
			{kept.length === 0 ? (
				<p className="help">{w("none")}</p>
			) : (
				<>
					<ul className="grid gap-3" aria-label={w("onDevice")}>
						{kept.map((listing) => {
							const { model, complete } = listing;
							const inUse = source.kind === "kept" && source.key === model.key;
							const size = complete
								? formatBytes(listing.bytes)
								: w("part", { kept: formatBytes(listing.keptBytes), bytes: formatBytes(listing.bytes) });
							const facts = [
								...(model.commit === null ? [] : [model.commit.slice(0, 8)]),
								size,
								model.license ?? w("noLicence"),
								...(inUse ? [w("inUse")] : []),
							];
							return (
								<li key={model.key} className="grid gap-1">
									<p>
										<strong>{model.gguf === null ? model.name : `${model.name}/${model.gguf}`}</strong>
									</p>
									<p className="num">{facts.join(" · ")}</p>
									<div className="flex flex-wrap items-center gap-2">
										{complete ? (
											<Button
												disabled={busy || inUse}
												aria-label={w("useOf", { name: model.name })}
												onClick={() => void use(model)}
											>
												{w("use")}
											</Button>
										) : (
											<Button
												disabled={busy || state !== "idle"}
												aria-label={w("resumeOf", { name: model.name })}
												onClick={() => void resumeDownload(listing, token)}
											>
												{w("resume")}
											</Button>
										)}
										<Button
											kind="quiet"
											disabled={busy || state === "loading"}
											aria-label={w("removeOf", { name: model.name })}
											onClick={() => void remove(model.key)}
										>
											{w("remove")}
										</Button>
									</div>
								</li>
							);
						})}
					</ul>
					<p className="help num">{w("sum", { bytes: formatBytes(sum) })}</p>
				</>
			)}
		</>
	);
}
