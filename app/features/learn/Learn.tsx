// A guided page for a class, on the model in this tab: six steps, each with something to drag or to train. To add a step:
// its number in store.ts, its texts, its view in STEPS.

import { type ReactNode, useEffect, useRef } from "react";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { CostStep, StoredStep } from "./CostSteps.tsx";
import { EnoughStep, MergeStep, TrainStep } from "./ModelSteps.tsx";
import { PictureStep } from "./PictureStep.tsx";
import { LEARN_STEPS, type LearnStep, useLearn } from "./store.ts";
import { learnTexts } from "./texts.ts";

const STEPS: Readonly<Record<LearnStep, () => ReactNode>> = {
	1: () => <PictureStep />,
	2: () => <CostStep />,
	3: () => <StoredStep />,
	4: () => <TrainStep />,
	5: () => <MergeStep />,
	6: () => <EnoughStep />,
};

/** Sources of formulas and findings: links for the reader, which the page itself never requests. */
const SOURCES = [
	["Hu et al. 2021, LoRA", "https://arxiv.org/abs/2106.09685"],
	["Eckart, Young 1936", "https://doi.org/10.1007/BF02288367"],
	["Aghajanyan et al. 2020", "https://arxiv.org/abs/2012.13255"],
	["Kalajdzievski 2023, rsLoRA", "https://arxiv.org/abs/2312.03732"],
	["Loshchilov, Hutter 2017, AdamW", "https://arxiv.org/abs/1711.05101"],
] as const;

export function Learn() {
	const w = useT(learnTexts);
	const step = useLearn((s) => s.step);
	const heading = useRef<HTMLHeadingElement>(null);
	const arrived = useRef(step);
	// After Next or Back, focus and scroll go to the step's heading.
	useEffect(() => {
		if (arrived.current === step) return;
		arrived.current = step;
		heading.current?.focus();
	}, [step]);
	const [first, last] = [LEARN_STEPS[0], LEARN_STEPS.length];
	const go = (to: LearnStep | undefined) => to !== undefined && useLearn.setState({ step: to });
	return (
		<div className="mx-auto grid max-w-215 grid-cols-[minmax(0,1fr)] gap-4 p-2 md:p-4 [&_a]:text-primary [&_p]:max-w-[72ch] [&_p]:leading-relaxed [&>header_h2]:mb-1 [&>header_h2]:text-xl">
			<header>
				<h2>{w("title")}</h2>
				<p className="help">{w("intro")}</p>
			</header>
			<nav aria-label={w("steps")}>
				<ol className="flex flex-wrap gap-1">
					{LEARN_STEPS.map((one) => (
						<li key={one}>
							<Button
								kind="quiet"
								className="aria-[current]:bg-accent aria-[current]:text-foreground"
								aria-current={one === step ? "step" : undefined}
								onClick={() => go(one)}
							>
								{one}. {w(`step${one}`)}
							</Button>
						</li>
					))}
				</ol>
			</nav>
			<section
				aria-labelledby="learn-step"
				className="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border bg-card p-4 [&>h3]:mb-2 [&>h3]:text-lg [&>h3]:outline-none [&>section]:border-input"
			>
				<h3 id="learn-step" ref={heading} tabIndex={-1}>
					{step}. {w(`step${step}`)}
				</h3>
				{STEPS[step]()}
			</section>
			<div className="flex flex-wrap items-center gap-2">
				<Button disabled={step === first} onClick={() => go(LEARN_STEPS.find((one) => one === step - 1))}>
					{w("back")}
				</Button>
				<Button disabled={step === last} onClick={() => go(LEARN_STEPS.find((one) => one === step + 1))}>
					{w("next")}
				</Button>
			</div>
			<footer className="help">
				{w("sources")}{" "}
				{SOURCES.map(([name, address], i) => (
					<span key={address}>
						{i > 0 && "; "}
						<a href={address} rel="noreferrer" target="_blank">
							{name}
						</a>
					</span>
				))}
			</footer>
		</div>
	);
}
