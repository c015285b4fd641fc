// Converts parsed JSON to the values of templates, with the spelling that exact-json.ts remembers.

import { spellingOf } from "../exact-json.ts";
import type { Value } from "./values.ts";

/** @param float whether an integral number is a float: 21.0 */
export function fromJson(value: unknown, float: true | bigint | null = null): Value {
	if (typeof value === "number") {
		if (typeof float === "bigint") return float;
		return Number.isInteger(value) && float === null ? BigInt(value) : value;
	}
	if (value === null || ["string", "boolean", "bigint", "undefined"].includes(typeof value)) return value as Value;
	if (typeof value !== "object") throw new Error(`a ${typeof value} is not JSON`);
	const spelling = spellingOf(value);
	const numbers = spelling?.numbers;
	if (Array.isArray(value)) return value.map((item: unknown, i) => fromJson(item, numbers?.get(i)));
	const object = value as Record<string, unknown>;
	const order = spelling?.order;
	const keys = Object.keys(object);
	const sorted =
		order == null ? keys : [...order.filter((key) => key in object), ...keys.filter((key) => !order.includes(key))];
	const entries = sorted.filter((key) => object[key] !== undefined);
	return new Map(entries.map((key) => [key, fromJson(object[key], numbers?.get(key))]));
}
