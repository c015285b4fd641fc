// Packing: several short rows share one place of the batch, up to max_length tokens. The rows stay apart (each its own
// segment of the flat axis), so packing changes how many tokens a micro-batch holds and nothing that is computed on them.

/**
 * Best-fit decreasing, as TRL's packing_strategy "bfd" (trl/data_utils.py, pack_dataset): rows from longest to
 * shortest, each into the fullest bin that still holds it; of equally full bins the one that got there first.
 * @param lengths tokens of each row, none over `maxLength`. @returns row indices of each bin.
 */
export function packRows(lengths: readonly number[], maxLength: number): number[][] {
	const bins: number[][] = [];
	const bySpace: number[][] = Array.from({ length: maxLength + 1 }, () => []); // bins with exactly this much room left
	const longestFirst = lengths.map((_, row) => row).sort((a, b) => lengths[b] - lengths[a] || a - b);
	for (const row of longestFirst) {
		const length = lengths[row];
		let space = length;
		while (space < maxLength && bySpace[space].length === 0) space++;
		// An empty bin has maxLength of room and is always there; only made ones stand in bySpace.
		const bin = space < maxLength ? bySpace[space].shift() : undefined;
		const into = bin ?? bins.push([]) - 1;
		bins[into].push(row);
		bySpace[space - length].push(into);
	}
	return bins;
}
