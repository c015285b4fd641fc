// Things without an identity but their place in a list that only grows or is replaced: React's keys for them.

export const placed = <T>(list: readonly T[]): { place: number; item: T }[] =>
	list.map((item, place) => ({ place, item }));
