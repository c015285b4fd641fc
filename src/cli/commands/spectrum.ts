// The `spectrum` command: singular values of s · B · A of each module, and what they show about the rank that an adapter
// uses.
import { everyUpdate } from "../../engine/analysis/low-rank.ts";
import { adapterSpectrum, decompose } from "../../engine/analysis/spectrum.ts";
import { need } from "../args.ts";
import { openAdapterAt, openModel } from "../open.ts";
import { result, snakeCase } from "../output.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const spectrumCommand: Command = {
	name: "spectrum",
	summary: "compute the singular values of an adapter's updates: --adapter DIR --model M",
	options: MODEL_OPTIONS,
	acceptsSettings: false,
	async run(args) {
		const path = need(args, "adapter");
		const { adapter } = await openAdapterAt(path, await openModel(args));
		const spectrum = adapterSpectrum(everyUpdate(adapter, path).map(decompose));
		await result(snakeCase({ adapter: path, ...spectrum }));
	},
};
