// Text files of the TRL export: the README, pinned packages and Accelerate's configuration.
import type { TrlExportRun } from "./trl-run.ts";

/** The versions that fixtures/check_export_trl.py was tested with. */
export const REQUIREMENTS = `torch==2.13.0
transformers==5.23.0
peft==0.21.2
trl==1.16.0
accelerate==1.15.0
datasets==5.2.0
gguf==0.19.0
`;

export const accelerateConfig = `compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
mixed_precision: "no"
num_machines: 1
machine_rank: 0
main_training_function: main
num_processes: 2
gpu_ids: all
use_cpu: false
`;

export function trlReadme({ model, settings, train, heldOut, baseFiles }: TrlExportRun, steps: number): string {
	const rows = settings.per_device_train_batch_size * settings.gradient_accumulation_steps;
	const base =
		baseFiles === undefined
			? `The base is \`${model.name}\`. Where that is no Hub id and no path of your machine, name it: \`--model PATH-OR-HUB-ID\`.`
			: "The base model is in `model/`.";
	return `# A TabTune run for TRL

${train.length} rows${heldOut === null ? "" : `, ${heldOut.length} held out`}; ${steps} steps of ${rows} rows; LoRA of rank ${settings.r}. ${base}

    pip install -r requirements.txt
    accelerate launch --config_file accelerate_config.yaml train.py

Set \`num_processes\` in \`accelerate_config.yaml\` to the number of your GPUs; it has to divide ${rows}, the rows of a step. A
step stays the same step on any number of them: its rows are shared out, and its loss is over all of its tokens. On one
process: \`python train.py\`. Without a GPU: \`accelerate launch --cpu --num_processes 2 train.py\`.

| file | contents |
| --- | --- |
| \`data/train.jsonl\`${heldOut === null ? "" : ", `data/eval.jsonl`"} | the rows as ids and labels (-100 where a token is not trained) |
${settings.shuffle || settings.group_by_length ? "| `data/order.json` | the order of the rows, epoch by epoch |\n" : ""}| \`start/\` | the adapter as the run starts, a PEFT folder |
| \`run.json\` | the base and every setting |
| \`train.py\` | TRL's SFTTrainer with these settings; \`--bf16\`, \`--gradient-checkpointing\` |

Arithmetic is float32 unless \`--bf16\` is given: the losses are then those of the run in TabTune, up to rounding. Where the
rows of an epoch do not fill its last step, Accelerate fills it with the first rows again; TabTune trains on those that are
left. \`adapter/\` gets the adapter and \`metrics.jsonl\`; TabTune opens that folder as any adapter.
`;
}
