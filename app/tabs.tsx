// The tabs of the page, in order. A line of TABS gives a panel its tab and its command in the palette; lazy views load when
// their tab is first opened.
import {
	BookMarked,
	ChartScatter,
	FlaskConical,
	GraduationCap,
	LayoutPanelLeft,
	type LucideIcon,
	MessagesSquare,
} from "lucide-react";
import type { ComponentType } from "react";
import { ComparePanel } from "./features/compare/ComparePanel.tsx";
import type { Lang } from "./features/workspace/store.ts";
import { Workspace } from "./features/workspace/Workspace.tsx";
import { lazyView } from "./ui/lazy-view.tsx";

interface Tab {
	readonly id: string;
	readonly label: Readonly<Record<Lang, string>>;
	readonly icon: LucideIcon;
	readonly View: ComponentType;
}

const Score = lazyView(async () => (await import("./features/score/Score.tsx")).Score);

function Compare() {
	return (
		<>
			<ComparePanel wide />
			<Score />
		</>
	);
}

const RankLab = lazyView(async () => (await import("./features/rank-lab/RankLab.tsx")).RankLab);
const Methods = lazyView(async () => (await import("./features/methods/MethodsPanel.tsx")).MethodsPanel);
const Library = lazyView(async () => (await import("./features/library/Library.tsx")).Library);
const Learn = lazyView(async () => (await import("./features/learn/Learn.tsx")).Learn);

export const TABS: readonly Tab[] = [
	{ id: "workspace", label: { en: "Workspace", zh: "工作台" }, icon: LayoutPanelLeft, View: Workspace },
	{ id: "compare", label: { en: "Compare", zh: "对比" }, icon: MessagesSquare, View: Compare },
	{ id: "ranklab", label: { en: "Rank lab", zh: "秩实验室" }, icon: FlaskConical, View: RankLab },
	{ id: "methods", label: { en: "Methods", zh: "方法" }, icon: ChartScatter, View: Methods },
	{ id: "library", label: { en: "Library", zh: "适配器库" }, icon: BookMarked, View: Library },
	{ id: "learn", label: { en: "Learn", zh: "学习" }, icon: GraduationCap, View: Learn },
];
