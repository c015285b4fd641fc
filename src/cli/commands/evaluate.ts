// The `evaluate` command: the token-weighted loss of a model, with or without an adapter, on a data file.
import { settingsFixedBy } from "../../engine/adapters/adapter-files.ts";
import { layoutAt, virtualTokensAt } from "../../engine/adapters/layout.ts";
import { evaluateBatches } from "../../engine/train/batches.ts";
import { evaluationGraph } from "../../engine/train/graphs.ts";
import { compilePlan } from "../../engine/train/runtime.ts";
import { capacityOf } from "../../engine/train/training-plan.ts";
import { numberOr } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { encodeRows, shownFiles, trainRows } from "../data.ts";
import { loadParams, openModelAndAdapter, startGpu } from "../open.ts";
import { result } from "../output.ts";
import { settingsOf } from "../settings-given.ts";
import { type Command, MODEL_OPTIONS, SET_OPTIONS } from "./command.ts";

export const evaluateCommand: Command = {
	name: "evaluate",
	summary: "measure the loss, and the rewards of preference pairs: --model M --data F [--adapter DIR]",
	options: { ...MODEL_OPTIONS, data: "text", ...SET_OPTIONS, config: "text", "adapter-strength": "number" },
	acceptsSettings: true,
	async run(args) {
		const files = await trainRows(args, "data");
		const file = shownFiles(files);
		const { model, adapter } = await openModelAndAdapter(args);
		const settings = await settingsOf(args, adapter === null ? {} : settingsFixedBy(adapter));
		const strength = numberOr(args, "adapter-strength", 1);
		const encoded = await encodeRows(model, files, settings);
		const runtime = await startGpu(model);
		loadParams(runtime, adapter);
		const batch = settings.per_device_train_batch_size;
		const layout = layoutAt(adapter?.layout ?? null, strength);
		if (encoded.kind !== "rows") {
			const { evaluatePreferences, judgeOf } = await import("../../engine/train/objectives/preference.ts");
			const virtualTokens = virtualTokensAt(layout, 1);
			const capacity = capacityOf({ train: encoded, heldOut: null }, { virtualTokens }, settings);
			const judge = await judgeOf(runtime, encoded.kind, { layout, settings, capacity, strength });
			const { eval_loss, metrics } = await evaluatePreferences(encoded, judge.of(encoded), settings);
			judge.release();
			requireFiniteLoss(eval_loss, file);
			return result({
				loss: eval_loss,
				...metrics,
				[encoded.inPairs ? "pairs" : "rows"]: encoded.length,
				num_tokens: encoded.trainedTokens,
			});
		}
		const rows = encoded.withVirtualTokens(virtualTokensAt(layout, strength));
		const plan = await compilePlan(runtime, evaluationGraph(model, layout, rows.capacity(batch)));
		const { eval_loss, eval_tokens } = await evaluateBatches(runtime, plan, rows.batchesInOrder(batch), strength);
		plan.destroy();
		requireFiniteLoss(eval_loss, file);
		await result({ loss: eval_loss, perplexity: Math.exp(eval_loss), num_tokens: eval_tokens });
	},
};

/** @throws TabTuneError "model" if activations overflowed, although every weight is finite */
function requireFiniteLoss(loss: number, where: string): void {
	if (Number.isFinite(loss)) return;
	throw cliError("model", {
		what: "the loss is not a finite number, although all weights are",
		where,
		next: "use an adapter that was trained with a lower learning_rate: the activations overflow",
	});
}
