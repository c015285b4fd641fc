// Whole runs of the command compared with PyTorch and PEFT in float64: 30 steps with accumulation, partial windows, clipping and
// warm-up on models of odd sizes (fixtures/make_goldens.py) and of the other families (make_family_goldens.py).
import { describe } from "vitest";
import { FAMILY_GOLDENS } from "../engine/models/test-families.ts";
import { matchesPeft } from "./test-golden.ts";

const LLAMA = ["odd", "tied-bf16-llama3", "bias-rank1", "full-rank-long", "turns-epochs"];

describe.each([...LLAMA, ...FAMILY_GOLDENS])("%s", (name) => {
	matchesPeft(name);
});
