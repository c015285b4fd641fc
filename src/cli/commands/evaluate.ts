// evaluate: the token-weighted loss of a model, with or without an adapter, over a data file.
import { settingsFixedBy } from "../../engine/adapters/adapter-files.ts";
import { layoutAt, virtualTokensAt } from "../../engine/adapters/layout.ts";
import { evaluationGraph } from "../../engine/train/graphs.ts";
import { evaluateBatches } from "../../engine/train/trainer.ts";
import { compilePlan } from "../../engine/train/workbench.ts";
import { need, numberOr, settingsOf } from "../args.ts";
import { encodeRows } from "../data.ts";
import { loadParams, openAdapter, openModel, startGpu } from "../open.ts";
import { result } from "../output.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const evaluateCommand: Command = {
	name: "evaluate",
	summary: "measure the loss: --model M --data F [--adapter DIR]",
	options: { ...MODEL_OPTIONS, data: "text", config: "text", "adapter-strength": "number" },
	takesSettings: true,
	async run(args) {
		const file = need(args, "data");
		const model = await openModel(args);
		const adapter = await openAdapter(args, model);
		const settings = await settingsOf(args, adapter === null ? {} : settingsFixedBy(adapter));
		const strength = numberOr(args, "adapter-strength", 1);
		const virtual = virtualTokensAt(adapter?.layout ?? null, strength);
		const rows = (await encodeRows(model, file, settings)).behind(virtual);
		const bench = await startGpu(model);
		loadParams(bench, adapter);
		const batch = settings.per_device_train_batch_size;
		const plan = await compilePlan(
			bench,
			evaluationGraph(model, layoutAt(adapter?.layout ?? null, strength), rows.capacity(batch)),
		);
		const { eval_loss, eval_tokens } = await evaluateBatches(bench, plan, rows.batchesInOrder(batch), strength);
		plan.destroy();
		await result({ loss: eval_loss, perplexity: Math.exp(eval_loss), num_tokens: eval_tokens });
	},
};
