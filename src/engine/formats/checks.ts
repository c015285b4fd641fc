// Type guards of JSON values, which can be combined: `orNull(listOf(isString))`.
import { isObject } from "../../shared/json.ts";

type Check<T> = (value: unknown) => value is T;

export function isString(value: unknown): value is string {
	return typeof value === "string";
}

export function isFlag(value: unknown): value is boolean {
	return typeof value === "boolean";
}

export function isNumber(value: unknown): value is number {
	return typeof value === "number" && Number.isFinite(value);
}

/** 1, 2, 3, … */
export function isCount(value: unknown): value is number {
	return isIndex(value) && value > 0;
}

/** 0, 1, 2, … */
function isIndex(value: unknown): value is number {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** [0, 1) */
export function isShare(value: unknown): value is number {
	return isNumber(value) && value >= 0 && value < 1;
}

/** A name, a regular expression, or a list of names. */
export function isNames(value: unknown): value is string | string[] {
	return isString(value) || listOf(isString)(value);
}

/** The index of a layer, or a list of them. */
export function isLayers(value: unknown): value is number | number[] {
	return isIndex(value) || listOf(isIndex)(value);
}

export function orNull<T>(is: Check<T>): Check<T | null> {
	return (value): value is T | null => value === null || is(value);
}

export function listOf<T>(is: Check<T>): Check<T[]> {
	return (value): value is T[] => Array.isArray(value) && value.every((item) => is(item));
}

export function tableOf<T>(is: Check<T>): Check<Record<string, T>> {
	return (value): value is Record<string, T> => isObject(value) && Object.values(value).every((item) => is(item));
}
