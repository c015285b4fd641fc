// Whole runs of the command compared with PyTorch and PEFT in float64: 30 steps with accumulation, partial windows, clipping and
// warm-up on models of odd sizes (fixtures/make_goldens.py) and of the other families (make_family_goldens.py).
import { describe } from "vitest";
import { heldToPeft } from "./test-golden.ts";

const LLAMA = ["odd", "tied-bf16-llama3", "bias-rank1", "full-rank-long", "turns-epochs"];
const FAMILIES = ["qwen2", "mistral", "qwen3", "phi3", "phi3-longrope", "gpt2", "gemma3"];

describe.each([...LLAMA, ...FAMILIES])("%s", (name) => {
	heldToPeft(name);
});
