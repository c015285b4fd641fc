// Typed reading of the keys of a config.json, with errors that name the key.
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "./json.ts";

const NEXT = "use the config.json that came with the model";

/** Typed keys of one JSON object; `null` counts as missing, as in transformers. */
export class ConfigKeys {
	constructor(
		private readonly raw: JsonObject,
		/** The file's name in errors. */
		readonly where: string,
	) {}

	fail(what: string): TabTuneError {
		return new TabTuneError("model", { what, where: this.where, next: NEXT });
	}

	wrong(key: string, needed: string): TabTuneError {
		const value = this.raw[key] ?? null;
		return this.fail(
			value === null ? `the key "${key}" is missing` : `"${key}" is ${JSON.stringify(value)}, ${needed} is needed`,
		);
	}

	count(key: string, fallback?: number): number {
		const value = this.raw[key] ?? fallback;
		if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
		if ((this.raw[key] ?? null) === null && value !== undefined)
			throw this.fail(`"${key}" would be ${value}, a whole number over 0 is needed`);
		throw this.wrong(key, "a whole number over 0");
	}

	positive(key: string, fallback?: number): number {
		const value = this.raw[key] ?? fallback;
		if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
		throw this.wrong(key, "a number over 0");
	}

	flag(key: string): boolean {
		const value = this.raw[key] ?? false;
		if (typeof value === "boolean") return value;
		throw this.wrong(key, "true or false");
	}
}

export function notYet(what: string, where: string, instead: string): TabTuneError {
	return new TabTuneError("not-yet", { what: `${what} is not supported yet`, where, next: `use ${instead}` });
}

export function asObject(value: unknown): JsonObject {
	return isObject(value) ? value : {};
}
