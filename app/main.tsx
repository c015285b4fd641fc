// Entry of the page: link, theme and watchers first, then React, then the arrival sequence.

import "./trusted.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { arrive, readLink } from "./actions/boot.ts";
import { keepOnDevice, watchNetwork } from "./actions/offline.ts";
import { watchLink } from "./actions/share.ts";
import { watch } from "./actions/watch.ts";
import { openConsole } from "./console.ts";
import { initTheme } from "./stores/ui.ts";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/runs.css";
import "./styles/dialog.css";
import "./styles/compare.css";
import "./styles/data.css";
import "./styles/data-dialogs.css";
import "./styles/methods.css";
import "./styles/offline.css";
import "./styles/race.css";
import "./styles/rank.css";
import "./styles/palette.css";

watch();
watchLink();
watchNetwork();
openConsole();
const link = readLink();
initTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html lacks #root");
createRoot(root).render(
	<StrictMode>
		<App />
	</StrictMode>,
);
const arrived = arrive(link);
void keepOnDevice(arrived);
