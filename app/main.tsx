// Entry point: reads the link, sets up effects, starts loading, and renders once the texts have loaded.

import "./trusted.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ErrorBoundary } from "react-error-boundary";
import { App } from "./App.tsx";
import { listenForShortcuts } from "./commands.ts";
import { openConsole } from "./console.ts";
import { watchLink } from "./features/export/share-actions.ts";
import { watch, watchHistory } from "./features/workspace/effects.ts";
import { watchGpuLoss } from "./features/workspace/gpu-loss.ts";
import { keepOnDevice, watchNetwork } from "./features/workspace/offline.ts";
import { arrive, readLink } from "./features/workspace/startup.ts";
import { initTheme, useUi } from "./features/workspace/store.ts";
import { loadWords } from "./i18n/index.ts";
import { followTranslation } from "./lib/translated-text.ts";
import { PartError } from "./ui/PartError.tsx";
import "./styles/app.css";

watch();
listenForShortcuts();
watchLink();
watchNetwork();
watchGpuLoss();
followTranslation();
openConsole();
const link = readLink();
watchHistory();
initTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html lacks #root");
const arrived = arrive(link);
void keepOnDevice(arrived);
// If the texts cannot be loaded, the page stays in English.
await loadWords(useUi.getState().lang).catch(() => useUi.setState({ lang: "en" }));
createRoot(root).render(
	<StrictMode>
		<ErrorBoundary FallbackComponent={PartError}>
			<App />
		</ErrorBoundary>
	</StrictMode>,
);
