// The `overlap` command: how much the directions of two adapters agree (φ(i, j) of the LoRA paper), with the value
// expected by chance.

import { everyUpdate } from "../../engine/analysis/low-rank.ts";
import { adapterOverlap } from "../../engine/analysis/overlap.ts";
import { decompose } from "../../engine/analysis/spectrum.ts";
import type { OverlapSide } from "../../engine/api.ts";
import { need, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openAdapterAt, openModel } from "../open.ts";
import { result, snakeCase } from "../output.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

const SIDES: readonly string[] = ["A", "left", "right"] satisfies OverlapSide[];

export const overlapCommand: Command = {
	name: "overlap",
	summary: "compute the subspace similarity of two adapters: --adapter A --other B --model M [--side A|left|right]",
	options: { ...MODEL_OPTIONS, other: "text", side: "text" },
	acceptsSettings: false,
	async run(args) {
		const [adapter, other] = [need(args, "adapter"), need(args, "other")];
		const side = text(args, "side") ?? "A";
		if (!SIDES.includes(side)) {
			throw cliError("usage", {
				what: `--side is "${side}"`,
				where: "tabtune overlap",
				next: "use A (right singular vectors of A, as in the LoRA paper), left or right (those of s · B · A)",
			});
		}
		const model = await openModel(args);
		const decomposed = async (path: string) =>
			everyUpdate((await openAdapterAt(path, model)).adapter, path).map(decompose);
		const overlap = adapterOverlap(await decomposed(adapter), await decomposed(other), side as OverlapSide);
		await result(snakeCase({ adapter, other, ...overlap }));
	},
};
