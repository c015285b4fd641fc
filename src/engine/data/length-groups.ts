// Batches of rows of like length, as transformers' LengthGroupedSampler makes them (trainer_pt_utils.py,
// get_length_grouped_indices): of a random order, stretches of many batches are sorted by length, the longest unit of all first.

/** Batches in a stretch that is sorted, at most; fewer where there are few, so that chance keeps a say. */
const MOST_BATCHES = 50;

/**
 * Orders in place.
 * @param order a random order of the units
 * @param lengths tokens of each unit
 */
export function groupByLength(order: Uint32Array, lengths: readonly number[], batchSize: number): void {
	const batches = Math.min(Math.floor(order.length / (batchSize * 4)), MOST_BATCHES) || 1;
	const size = batches * batchSize;
	const starts = Array.from({ length: Math.ceil(order.length / size) }, (_, i) => i * size);
	for (const start of starts) order.subarray(start, start + size).sort((a, b) => lengths[b] - lengths[a]);
	// A run that does not fit fails at its first step, not in the middle.
	const longest = starts.reduce((best, at) => (lengths[order[at]] > lengths[order[best]] ? at : best), 0);
	[order[0], order[longest]] = [order[longest], order[0]];
}
