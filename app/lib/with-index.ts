// Pairs each item with its index, as a React key for lists that only grow or are replaced whole.

export const withIndex = <T>(list: readonly T[]): { place: number; item: T }[] =>
	list.map((item, place) => ({ place, item }));
