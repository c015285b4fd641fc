// Base and tuned model side by side, for one prompt, several prompts or a chat. Used in the workspace and, wide, in the
// Compare tab.

import { cx } from "class-variance-authority";
import { useT } from "../../i18n/index.ts";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { AdapterBar } from "../export/AdapterBar.tsx";
import { SharedNote } from "../export/ShareBar.tsx";
import { ChatAnswers, OneAnswer, SetAnswers } from "./CompareAnswers.tsx";
import { CompareAsk } from "./CompareAsk.tsx";
import { CompareTools } from "./CompareTools.tsx";
import { useCompare } from "./store.ts";

export function ComparePanel({ wide = false }: { wide?: boolean }) {
	const t = useT();
	const error = useCompare((s) => s.error);
	const mode = useCompare((s) => s.mode);
	return (
		<Panel
			className={cx("group/compare", wide && "mx-auto max-w-300")}
			data-wide={wide ? "" : undefined}
			aria-label={t("compare.title")}
		>
			<h2>{t("compare.title")}</h2>
			<SharedNote />
			<CompareAsk />
			{error !== null && (
				<ErrorNote
					error={error}
					actions={[{ label: "error.dismiss", run: () => useCompare.setState({ error: null }) }]}
				/>
			)}
			{mode === "one" && <OneAnswer />}
			{mode === "set" && <SetAnswers />}
			{mode === "chat" && <ChatAnswers />}
			<CompareTools />
			<AdapterBar />
		</Panel>
	);
}
