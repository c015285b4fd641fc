// The fine-tuning methods that can be compared, each as changes to the shared settings. To add one, add a line to METHODS.
import { closest } from "fastest-levenshtein";
import { TabTuneError } from "../../shared/errors.ts";
import { studyMessage } from "../../shared/messages/index.ts";
import type { MethodInfo, RunSettings } from "../api.ts";

type Method = Omit<MethodInfo, "name">;

const lora = (over: Partial<RunSettings>, source: string): Method => ({
	settings: { method: "lora", ...over },
	learningRateScale: 1,
	source,
});

/**
 * Learning rates relative to LoRA's: a tenth for full fine-tuning ("LoRA Without Regret", Thinking Machines 2025); half for
 * LoRA+, whose lora_B has eight times the rate; ten times for prompt tuning, whose few vectors are as large as embeddings.
 */
const METHODS: Readonly<Record<string, Method>> = {
	lora: lora({}, "arXiv 2106.09685"),
	rslora: lora({ use_rslora: true }, "arXiv 2312.03732"),
	dora: lora({ use_dora: true }, "arXiv 2402.09353"),
	loraplus: { ...lora({ loraplus_lr_ratio: 16 }, "arXiv 2402.12354"), learningRateScale: 0.5 },
	pissa: lora({ init_lora_weights: "pissa" }, "arXiv 2404.02948"),
	"prompt-tuning": {
		settings: { method: "prompt_tuning" },
		learningRateScale: 10,
		source: "arXiv 2104.08691",
	},
	houlsby: {
		settings: { method: "bottleneck", mh_adapter: true, output_adapter: true },
		learningRateScale: 1,
		source: "arXiv 1902.00751",
	},
	pfeiffer: {
		settings: { method: "bottleneck", mh_adapter: false, output_adapter: true },
		learningRateScale: 1,
		source: "arXiv 2005.00247",
	},
	full: { settings: { method: "full" }, learningRateScale: 0.1, source: "arXiv 1711.05101" },
	"lora+prompt-tuning": {
		settings: { method: "lora+prompt_tuning" },
		learningRateScale: 1,
		source: "arXiv 2106.09685, 2104.08691",
	},
	"lora+pfeiffer": {
		settings: { method: "lora+bottleneck", mh_adapter: false, output_adapter: true },
		learningRateScale: 1,
		source: "arXiv 2106.09685, 2005.00247",
	},
};

/** Every method, in the order of the table. */
export const methods = (): MethodInfo[] => Object.entries(METHODS).map(([name, method]) => ({ name, ...method }));

/** @throws TabTuneError "usage" for an unknown name, with the most similar one */
export function methodNamed(name: string): MethodInfo {
	const found = methods().find((method) => method.name === name);
	if (found !== undefined) return found;
	const names = Object.keys(METHODS);
	throw new TabTuneError("usage", {
		what: studyMessage("noMethod", { name }),
		where: "methods",
		next: studyMessage("noMethod.next", { nearest: closest(name, names), names: names.join(", ") }),
	});
}

/** The settings of one run: the shared settings, overridden by the method's, with its learning rate and seed. */
export function settingsOfMethod(shared: RunSettings, method: MethodInfo, seed: number): RunSettings {
	return {
		...shared,
		...method.settings,
		learning_rate: shared.learning_rate * method.learningRateScale,
		seed,
	};
}
