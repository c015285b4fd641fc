"""The run of this folder with TRL, PEFT and Accelerate, on as many processes as `accelerate launch` starts. See README.md."""

import argparse
import json
import pathlib

import torch
from accelerate import PartialState
from datasets import load_dataset
from peft import PeftModel
from torch.utils.data import Sampler
from transformers import AutoModelForCausalLM, AutoTokenizer, EarlyStoppingCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

HERE = pathlib.Path(__file__).parent


class Order(Sampler):
    """Rows in the order of the run, epoch by epoch; where the file ends, it begins again."""

    def __init__(self, epochs):
        self.epochs = epochs
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        return iter(self.epochs[self.epoch % len(self.epochs)])

    def __len__(self):
        return len(self.epochs[0])


class Trainer(SFTTrainer):
    def __init__(self, *args, order, **more):
        self.order = order
        super().__init__(*args, **more)

    def _get_train_sampler(self, dataset=None):
        return self.order


class Metrics(TrainerCallback):
    """A line a step, as TabTune writes them."""

    def __init__(self, path):
        self.path = path

    def on_log(self, args, state, control, logs=None, **more):
        kept = {name: logs[name] for name in ["loss", "grad_norm", "learning_rate", "eval_loss"] if name in (logs or {})}
        if state.is_world_process_zero and kept:
            with open(self.path, "a") as file:
                file.write(json.dumps({"step": state.global_step, **kept}) + "\n")


def shares(rows_a_step, most, processes):
    """Rows of a micro-batch, at most `most`, and micro-batches a process has in a step."""
    if rows_a_step % processes:
        raise SystemExit(f"error: a step has {rows_a_step} rows, which {processes} processes cannot share: start a number that divides it")
    mine = rows_a_step // processes
    batch = max(size for size in range(1, min(most, mine) + 1) if mine % size == 0)
    return batch, mine // batch


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="the base, where it is not the one named in run.json: a folder, a .gguf file, or a Hub id")
    parser.add_argument("--output", default="adapter", help="where the adapter goes")
    parser.add_argument("--bf16", action="store_true", help="mixed precision: faster, and no longer the same figures")
    parser.add_argument("--gradient-checkpointing", action="store_true", help="less memory, more time")
    options = parser.parse_args()

    run = json.loads((HERE / "run.json").read_text())
    s = run["settings"]
    inside = HERE / "model"
    name = options.model or (str(inside) if inside.is_dir() else run["model"])
    gguf = pathlib.Path(name) if name.endswith(".gguf") else None
    base = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name} if gguf else {"pretrained_model_name_or_path": name}
    if "revision" in run and not options.model:
        base["revision"] = run["revision"]

    processes = PartialState().num_processes
    most = s["per_device_train_batch_size"]
    batch, accumulation = shares(most * s["gradient_accumulation_steps"], most, processes)
    data = load_dataset("json", data_files={part.stem: str(part) for part in sorted((HERE / "data").glob("*.jsonl"))})
    order_file = HERE / "data" / "order.json"
    order = json.loads(order_file.read_text()) if order_file.exists() else [list(range(len(data["train"])))]

    start = HERE / "start"
    tokenizer = AutoTokenizer.from_pretrained(start) if (start / "tokenizer.json").exists() else AutoTokenizer.from_pretrained(**base)
    untied = {name: run[name] for name in ["tie_word_embeddings"] if name in run}
    model = AutoModelForCausalLM.from_pretrained(**base, **untied, dtype=torch.float32)
    if "vocab_size" in run:
        model.resize_token_embeddings(run["vocab_size"])
    model = PeftModel.from_pretrained(model, start, is_trainable=True)
    head = model.get_output_embeddings()
    if not hasattr(head, "bias"):
        head.bias = None  # TRL's loss reads it; PEFT's wrapper of a head with trained rows has none
    interval = lambda strategy, every: "no" if strategy == "steps" and every == 0 else strategy
    evaluated = interval(s["eval_strategy"], s["eval_steps"]) if "eval" in data else "no"
    saved = interval(s["save_strategy"], s["save_steps"])
    if s["load_best_model_at_end"] and not (saved == evaluated and (saved == "epoch" or s["save_steps"] % s["eval_steps"] == 0)):
        saved = "best"  # transformers refuses other intervals than those of the evaluations; TabTune saves the best besides
    config = SFTConfig(
        output_dir=options.output,
        per_device_train_batch_size=batch,
        per_device_eval_batch_size=batch,
        gradient_accumulation_steps=accumulation,
        **{name: s[name] for name in run["sft_config"]},
        warmup_steps=s["warmup_steps"] or s["warmup_ratio"],  # under 1: a share
        eval_strategy=evaluated,
        eval_steps=s["eval_steps"] or None,
        save_strategy=saved,
        save_steps=s["save_steps"] or 500,
        save_total_limit=s["save_total_limit"] or None,
        load_best_model_at_end=s["load_best_model_at_end"],
        metric_for_best_model=s["metric_for_best_model"],
        greater_is_better=s["greater_is_better"],
        bf16=options.bf16,
        gradient_checkpointing=options.gradient_checkpointing,
        average_tokens_across_devices=True,  # a step's loss is that of all its tokens, wherever they are
        dataset_kwargs={"skip_prepare_dataset": True},  # rows are ids and labels, cut and masked
        logging_steps=1,
        report_to="none",
        optim="adamw_torch",
        use_cpu=not torch.accelerator.is_available(),
    )
    pathlib.Path(options.output).mkdir(parents=True, exist_ok=True)
    callbacks = [Metrics(pathlib.Path(options.output) / "metrics.jsonl")]
    if s["early_stopping_patience"] > 0:
        callbacks.append(EarlyStoppingCallback(s["early_stopping_patience"], s["early_stopping_threshold"]))
    trainer = Trainer(
        model=model,
        args=config,
        train_dataset=data["train"],
        eval_dataset=data["eval"] if "eval" in data else None,
        processing_class=tokenizer,
        callbacks=callbacks,
        order=Order(order),
    )
    trainer.train()
    trainer.save_model(options.output)


if __name__ == "__main__":
    main()
