// WGSL that decodes frozen weights, one text per weight format: load_b_scalar and load_b4 read the binding b0. It is
// prepended to every kernel that reads a weight.
import bf16Source from "../../shaders/dequant/bf16.wgsl?raw";
import bf16RunsSource from "../../shaders/dequant/dequant-bf16-runs.wgsl?raw";
import f32RunsSource from "../../shaders/dequant/dequant-f32-runs.wgsl?raw";
import floatsSource from "../../shaders/dequant/dequant-floats.wgsl?raw";
import int8Source from "../../shaders/dequant/dequant-int8.wgsl?raw";
import nf4Source from "../../shaders/dequant/dequant-nf4.wgsl?raw";
import q4Source from "../../shaders/dequant/dequant-q4_0.wgsl?raw";
import q41Source from "../../shaders/dequant/dequant-q4_1.wgsl?raw";
import q4kSource from "../../shaders/dequant/dequant-q4_k.wgsl?raw";
import q50Source from "../../shaders/dequant/dequant-q5_0.wgsl?raw";
import q51Source from "../../shaders/dequant/dequant-q5_1.wgsl?raw";
import q5kSource from "../../shaders/dequant/dequant-q5_k.wgsl?raw";
import q6kSource from "../../shaders/dequant/dequant-q6_k.wgsl?raw";
import q8Source from "../../shaders/dequant/dequant-q8_0.wgsl?raw";
import ggufSource from "../../shaders/dequant/gguf-words.wgsl?raw";
import type { WeightFormat } from "./weight-format.ts";

const floats = [bf16Source, floatsSource];
const blocks = (source: string) => [bf16Source, `${ggufSource}\n${source}`];

const SOURCES: Readonly<Record<WeightFormat, readonly string[]>> = {
	f32: floats,
	bf16: floats,
	int8: [bf16Source, int8Source],
	nf4: [bf16Source, nf4Source],
	q8_0: [bf16Source, q8Source],
	q4_0: [bf16Source, q4Source],
	q4_1: blocks(q41Source),
	q5_0: blocks(q50Source),
	q5_1: blocks(q51Source),
	q4_k: blocks(q4kSource),
	q5_k: blocks(q5kSource),
	q6_k: blocks(q6kSource),
};

export const dequantSources = (storage: WeightFormat): readonly string[] => SOURCES[storage];

/** The decoder of weights that are read four at a time, with the element type that b0 is bound as. */
export function runSource(storage: WeightFormat, run: boolean): { element: string; sources: readonly string[] } {
	if (run && storage === "f32") return { element: "vec4u", sources: [f32RunsSource] };
	if (run && storage === "bf16") return { element: "vec2u", sources: [bf16RunsSource] };
	return { element: "u32", sources: SOURCES[storage] };
}

/** The text of all decoders; a measured table is valid for this text only. */
export const dequantText = [...Object.values(SOURCES).flat(), f32RunsSource, bf16RunsSource].join("\n");
