// Entry of the page: link, theme and watchers first, then the arrival sequence, and React once it has its words.

import "./trusted.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { arrive, readLink } from "./actions/boot.ts";
import { keepOnDevice, watchNetwork } from "./actions/offline.ts";
import { watchLink } from "./actions/share.ts";
import { watch } from "./actions/watch.ts";
import { openConsole } from "./console.ts";
import { loadWords } from "./i18n/index.ts";
import { initTheme, useUi } from "./stores/ui.ts";
import "./styles/app.css";

watch();
watchLink();
watchNetwork();
openConsole();
const link = readLink();
initTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html lacks #root");
const arrived = arrive(link);
void keepOnDevice(arrived);
// Words that do not come leave the page in English.
await loadWords(useUi.getState().lang).catch(() => useUi.setState({ lang: "en" }));
createRoot(root).render(
	<StrictMode>
		<App />
	</StrictMode>,
);
