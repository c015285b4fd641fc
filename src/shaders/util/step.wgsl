// Included before every kernel: the scalars that change from step to step, and the number of live rows.
// STEP_FIELDS in src/engine/kernels/step.ts has the same fields; a test compares the two.

struct Step {
	live_tokens: u32, // rows of the token axis in use; rows past them contain stale numbers
	live_targets: u32, // rows of the target axis in use
	slot_tokens: u32, // in a race: rows of the token axis for each adapter slot; slot l has the l-th run of rows
	slot_targets: u32, // the same for the target axis
	step: u32, // optimiser step, from 1
	micro_step: u32, // micro-batch since the start of the run, from 0: a key of the random generator
	seed: u32,
	loss_scale: f32, // 1 / unmasked tokens of the whole accumulation window
	learning_rate: f32,
	bias_correction1: f32, // 1 - beta1^step
	bias_correction2: f32, // 1 - beta2^step
	adapter_strength: f32, // multiplies every adapter's scaling; 1 while training
	temperature: f32,
	top_p: f32,
	top_k: u32,
}
@group(0) @binding(0) var<uniform> step: Step;

const LIVE_ALL = 0u;
const LIVE_TOKENS = 1u;
const LIVE_TARGETS = 2u;
const LIVE_SLOT = 3u;

// The number of live rows among `rows`, for a tensor whose row 0 is row `offset` of the bounded axis.
fn live_rows(rows: u32, bound: u32, offset: u32) -> u32 {
	var live = rows;
	if (bound == LIVE_TOKENS) {
		live = select(0u, min(rows, step.live_tokens - offset), step.live_tokens > offset);
	} else if (bound == LIVE_TARGETS) {
		live = select(0u, min(rows, step.live_targets - offset), step.live_targets > offset);
	} else if (bound == LIVE_SLOT) {
		live = select(0u, min(rows, step.slot_tokens - offset), step.slot_tokens > offset);
	}
	return live;
}
