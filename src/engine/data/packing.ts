// Packing: several short rows form one unit of a batch, up to max_length tokens. Each row remains a separate segment of the
// token axis, so packing changes only how many tokens a micro-batch has, not the results for any row.

/**
 * Best-fit decreasing, as TRL's packing_strategy "bfd" (trl/data_utils.py, pack_dataset): rows from longest to
 * shortest, each into the fullest bin with enough room; among equally full bins, the one that reached this level first.
 * @param lengths number of tokens in each row, at most `maxLength`
 * @returns the row indices of each bin
 */
export function packRows(lengths: readonly number[], maxLength: number): number[][] {
	const bins: number[][] = [];
	const bySpace: number[][] = Array.from({ length: maxLength + 1 }, () => []); // bins with exactly this much room left
	const longestFirst = lengths.map((_, row) => row).sort((a, b) => lengths[b] - lengths[a] || a - b);
	for (const row of longestFirst) {
		const length = lengths[row];
		let space = length;
		while (space < maxLength && bySpace[space].length === 0) space++;
		// bySpace contains only bins with rows; a new bin with maxLength of room is always available.
		const bin = space < maxLength ? bySpace[space].shift() : undefined;
		const into = bin ?? bins.push([]) - 1;
		bins[into].push(row);
		bySpace[space - length].push(into);
	}
	return bins;
}
