// Reads the keys of a config.json with their types; errors name the key.

import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";

const NEXT = modelsMessage("config.next");

/** Typed keys of one JSON object; `null` counts as missing, as in transformers. */
export class ConfigKeys {
	constructor(
		private readonly raw: JsonObject,
		/** The file name that errors show. */
		readonly where: string,
	) {}

	fail(what: Message): TabTuneError {
		return new TabTuneError("model", { what, where: this.where, next: NEXT });
	}

	wrong(key: string, needed: Message): TabTuneError {
		return this.fail(wrongValue(key, this.raw[key], needed));
	}

	count(key: string, fallback?: number): number {
		const value = this.raw[key] ?? fallback;
		if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
		if ((this.raw[key] ?? null) === null && value !== undefined)
			throw this.fail(modelsMessage("derivedKey", { key, value: String(value) }));
		throw this.wrong(key, modelsMessage("count"));
	}

	/** A positive number, also in float32, which kernels compute in. */
	positive(key: string, fallback?: number): number {
		const value = this.raw[key] ?? fallback;
		if (typeof value === "number" && Number.isFinite(Math.fround(value)) && Math.fround(value) > 0) return value;
		throw this.wrong(key, modelsMessage("positive"));
	}

	flag(key: string): boolean {
		const value = this.raw[key] ?? false;
		if (typeof value === "boolean") return value;
		throw this.wrong(key, modelsMessage("flag"));
	}
}

/** The message for a key that is missing or has a wrong value. */
export function wrongValue(key: string, value: unknown, needed: Message): Message {
	return (value ?? null) === null
		? modelsMessage("noKey", { key })
		: modelsMessage("wrongKey", { key, value: JSON.stringify(value), needed });
}

export function notYet(feature: MessageText, where: string, next: Message): TabTuneError {
	return new TabTuneError("not-yet", { what: modelsMessage("notSupported", { feature }), where, next });
}

/** A number of a file; NaN for any other value. */
export const numberOf = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

export function asObject(value: unknown): JsonObject {
	return isObject(value) ? value : {};
}
