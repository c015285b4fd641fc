// The page shown without WebGPU. It explains what is missing, why it is needed and what to do. A page cannot link to
// chrome:// addresses, so they are shown for copying.

import type { ReactNode } from "react";
import type { ErrorInfo } from "../../../src/shared/errors.ts";
import type { MessageText } from "../../../src/shared/messages/message.ts";
import { useEngineText } from "../../i18n/engine-text.ts";
import { type Key, pieces, template, useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { useEngine } from "../model/store.ts";
import { Countdown } from "./GpuLost.tsx";
import { restart } from "./startup.ts";
import { useUi } from "./store.ts";

const codes = {
	"nogpu.gpuPage": { url: "chrome://gpu" },
	"nogpu.linux": {
		flags: "--enable-unsafe-webgpu --enable-features=Vulkan",
		flag: "Unsafe WebGPU Support",
		url: "chrome://flags/#enable-unsafe-webgpu",
	},
	"nogpu.software": { flags: "--enable-unsafe-webgpu --use-webgpu-adapter=swiftshader" },
} satisfies Partial<Record<Key, Record<string, string>>>;

export function NoGpu() {
	const t = useT();
	const said = useEngineText();
	const error = useEngine((s) => s.error);
	const retryAt = useEngine((s) => s.retryAt);
	const hasApi = "gpu" in navigator && navigator.gpu !== undefined;
	return (
		<div className="mx-auto my-10 grid max-w-160 justify-items-start gap-3 px-2 text-lg [&_code]:rounded-sm [&_code]:border [&_code]:bg-card [&_code]:px-1 [&_code]:py-px [&_code]:wrap-anywhere [&_code]:select-all [&_h2]:text-xl [&_h2]:tracking-tight [&_h3]:mt-2 [&_h3]:text-lg [&_ul]:grid [&_ul]:list-disc [&_ul]:gap-2 [&_ul]:pl-5">
			<h2>{t("nogpu.title")}</h2>
			<p>{t(hasApi ? "nogpu.what.adapter" : "nogpu.what.missing")}</p>
			{retryAt !== null && <Countdown until={retryAt} ask={restart} />}
			<p>{t("nogpu.why")}</p>
			<h3>{t("nogpu.todo")}</h3>
			<ul>
				{!isSecureContext && <li>{t("nogpu.secure")}</li>}
				{hasApi && <li>{t("nogpu.crash")}</li>}
				<li>{t("nogpu.chrome")}</li>
				<li>
					<WithCodes name="nogpu.gpuPage" />
				</li>
				<li>
					<WithCodes name="nogpu.linux" />
				</li>
				<li>
					<WithCodes name="nogpu.software" />
				</li>
			</ul>
			<Button kind="primary" onClick={() => void restart()}>
				{t("nogpu.again")}
			</Button>
			{error !== null && (
				<details>
					<summary>{t("error.details")}</summary>
					<pre>{textLines(error, said)}</pre>
				</details>
			)}
		</div>
	);
}

/** An error as text, one part on each line. */
function textLines({ what, where, next, details }: ErrorInfo, said: (text: MessageText) => string): string {
	return [what, where, next, details]
		.filter((part) => part !== undefined)
		.map(said)
		.join("\n");
}

function WithCodes({ name }: { name: keyof typeof codes }): ReactNode {
	const lang = useUi((s) => s.lang);
	const values: Record<string, string> = codes[name];
	return pieces(template(lang, name)).map((piece) =>
		piece.name ? <code key={piece.text}>{values[piece.text]}</code> : piece.text,
	);
}
