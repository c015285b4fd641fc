// Groups units of similar length into batches, like transformers' LengthGroupedSampler (trainer_pt_utils.py,
// get_length_grouped_indices): a random order is split into megabatches, each sorted by length; the longest unit comes first.

/** Maximum number of batches in a megabatch; fewer for small data sets, so that the order stays random. */
const MOST_BATCHES = 50;

/**
 * Sorts in place.
 * @param order a random order of the units
 * @param lengths tokens of each unit
 */
export function groupByLength(order: Uint32Array, lengths: readonly number[], batchSize: number): void {
	const batches = Math.min(Math.floor(order.length / (batchSize * 4)), MOST_BATCHES) || 1;
	const size = batches * batchSize;
	const starts = Array.from({ length: Math.ceil(order.length / size) }, (_, i) => i * size);
	for (const start of starts) order.subarray(start, start + size).sort((a, b) => lengths[b] - lengths[a]);
	// The longest unit is first, so that a run that does not fit fails at its first step.
	const longest = starts.reduce((best, at) => (lengths[order[at]] > lengths[order[best]] ? at : best), 0);
	[order[0], order[longest]] = [order[longest], order[0]];
}
