// Records which keys of a file are read, so that loading can end with the keys that nothing used. Each of them is on an ignore
// list (models/ignored-keys.ts for config.json) or an error.

import { isObject, type JsonObject } from "../../shared/json.ts";

/** A key that was not read, and its value. Keys of nested objects are joined by dots: "rope_scaling.beta_fast". */
export interface UnreadKey {
	readonly key: string;
	readonly value: unknown;
}

/** Keys that may stay unread. */
export interface IgnoredKeys {
	/** Names, or a pattern of the whole name. */
	readonly keys: readonly string[] | RegExp;
	/** The values that change nothing, or a test for them; by default, all of them. */
	readonly neutral?: readonly unknown[] | ((value: unknown) => boolean);
}

/** A map that records the keys given to `get` and `has`; iteration does not count as reading. */
export class TrackedMap<V> extends Map<string, V> {
	private readonly read = new Set<string>();

	override get(key: string): V | undefined {
		this.read.add(key);
		return super.get(key);
	}

	override has(key: string): boolean {
		this.read.add(key);
		return super.has(key);
	}

	unread(): UnreadKey[] {
		return [...this].filter(([key]) => !this.read.has(key)).map(([key, value]) => ({ key, value }));
	}
}

/** A JSON object that records its keys as they are read, and the keys of the objects in it. */
export class TrackedJson {
	/** The object with recorded reads. It cannot be enumerated, because that would read every key. */
	readonly view: JsonObject;
	private readonly read = new Set<string>();

	constructor(private readonly json: JsonObject) {
		this.view = this.viewOf(json, "");
	}

	unread(): UnreadKey[] {
		return this.unreadIn(this.json, "");
	}

	private viewOf(json: JsonObject, path: string): JsonObject {
		const mark = (key: string | symbol) => typeof key === "string" && this.read.add(path + key);
		return new Proxy(json, {
			get: (target, key) => {
				if (key === "toJSON") return () => target; // error messages show the whole value
				if (typeof key === "symbol") return Reflect.get(target, key);
				mark(key);
				const value = Object.hasOwn(target, key) ? target[key] : undefined;
				return isObject(value) ? this.viewOf(value, `${path}${key}.`) : value;
			},
			has: (target, key) => {
				mark(key);
				return Object.hasOwn(target, key);
			},
			getOwnPropertyDescriptor: (target, key) => {
				mark(key);
				return Reflect.getOwnPropertyDescriptor(target, key);
			},
			ownKeys: () => {
				throw new Error("a tracked object was enumerated: read its keys by name");
			},
		});
	}

	private unreadIn(json: JsonObject, path: string): UnreadKey[] {
		return Object.entries(json).flatMap(([key, value]) => {
			if (!this.read.has(path + key)) return [{ key: path + key, value }];
			return isObject(value) ? this.unreadIn(value, `${path}${key}.`) : [];
		});
	}
}

/** The unread keys that no ignore list covers. */
export function unusedKeys(unread: readonly UnreadKey[], ignored: readonly IgnoredKeys[]): UnreadKey[] {
	const isNeutral = (value: unknown, neutral: IgnoredKeys["neutral"]) =>
		typeof neutral === "function"
			? neutral(value)
			: (neutral?.some((one) => JSON.stringify(one) === JSON.stringify(value)) ?? true);
	const covers = ({ keys, neutral }: IgnoredKeys, { key, value }: UnreadKey) =>
		(keys instanceof RegExp ? keys.test(key) : keys.includes(key)) && isNeutral(value, neutral);
	return unread.filter((entry) => !ignored.some((rule) => covers(rule, entry)));
}
