// Computes what a method trains on a model, from the shapes alone: the figures next to the calculator's formulas. All bytes
// are float32; AdamW keeps two moments per parameter.

import { TabTuneError } from "../../shared/errors.ts";
import { analysisMessage } from "../../shared/messages/index.ts";
import type { MethodShape, ModelShapes, ShapeCost } from "../api-rank.ts";
import type { LinearModel } from "./low-rank.ts";

/** The shapes of a model; a `LoadedModel` satisfies this interface. */
export function modelShapes({
	family,
	config,
	parameters,
}: LinearModel & { readonly parameters: number }): ModelShapes {
	const { hidden_size, num_hidden_layers } = config;
	return {
		linear: family.linearModules(config).map((module) => ({ ...module })),
		parameters,
		hidden_size,
		num_hidden_layers,
	};
}

/**
 * @throws TabTuneError "usage" for a rank, factor or token count that is not an integer in its range, or an unknown module.
 */
export function shapeCost(model: ModelShapes, shape: MethodShape): ShapeCost {
	const modules = changedModules(model, shape);
	const trainableParameters = parametersOf(model, shape, modules);
	return {
		trainableParameters,
		share: trainableParameters / model.parameters,
		adapterBytes: 4 * trainableParameters,
		gradientBytes: 4 * trainableParameters,
		optimizerBytes: 8 * trainableParameters,
		modules,
	};
}

function parametersOf(model: ModelShapes, shape: MethodShape, modules: ShapeCost["modules"]): number {
	const { hidden_size: hidden } = model;
	switch (shape.method) {
		case "lora":
		case "dora":
			return modules.reduce((sum, { trainableParameters }) => sum + trainableParameters, 0);
		case "full":
			return model.parameters; // tied embeddings count once
		case "prompt_tuning":
			return whole("num_virtual_tokens", shape.num_virtual_tokens, 1) * hidden;
		case "bottleneck": {
			// Down to hidden / factor and up again, both with a bias: the `adapters` library's `Adapter`.
			const width = Math.max(1, Math.floor(hidden / positive("reduction_factor", shape.reduction_factor)));
			return model.num_hidden_layers * shape.places * (2 * hidden * width + width + hidden);
		}
	}
}

/** The matrices that a method changes, with r (d + k) and d · k. */
function changedModules({ linear }: ModelShapes, shape: MethodShape): ShapeCost["modules"] {
	if (shape.method === "full") {
		return linear.map(({ path, in: k, out: d }) => ({
			path,
			in: k,
			out: d,
			trainableParameters: d * k,
			fullParameters: d * k,
		}));
	}
	if (shape.method !== "lora" && shape.method !== "dora") return [];
	const r = whole("r", shape.r, 1);
	const stranger = shape.modules?.find((path) => !linear.some((module) => module.path === path));
	if (stranger !== undefined) {
		throw new TabTuneError("usage", {
			what: analysisMessage("noModule", { path: stranger }),
			where: "modules",
			next: analysisMessage("noModule.next"),
		});
	}
	return linear
		.filter(({ path }) => shape.modules?.includes(path) ?? true)
		.map(({ path, in: k, out: d }) => {
			if (r > Math.min(d, k)) {
				throw new TabTuneError("usage", {
					what: analysisMessage("rankTooHigh", { r, path, d, k }),
					where: "r",
					next: analysisMessage("rankTooHigh.next", { most: Math.min(d, k) }),
				});
			}
			const magnitudes = shape.method === "dora" ? d : 0;
			return { path, in: k, out: d, trainableParameters: r * (d + k) + magnitudes, fullParameters: d * k };
		});
}

function whole(name: string, value: number, least: number): number {
	if (Number.isInteger(value) && value >= least) return value;
	throw new TabTuneError("usage", {
		what: analysisMessage("outOfRange", { value }),
		where: name,
		next: analysisMessage("wholeFrom", { least }),
	});
}

function positive(name: string, value: number): number {
	if (Number.isFinite(value) && value > 0) return value;
	throw new TabTuneError("usage", {
		what: analysisMessage("outOfRange", { value }),
		where: name,
		next: analysisMessage("positive"),
	});
}
