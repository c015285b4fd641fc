// A method's name and description in the current language. A method that the page has no texts for is shown by the
// engine's name.
import { type Key, type Translate, template } from "../../i18n/index.ts";

const worded = (key: string): key is Key & `method.${string}` => template("en", key as Key) !== undefined;

export function methodName(t: Translate, name: string): string {
	const key = `method.${name}`;
	return worded(key) ? t(key) : name;
}

export function methodWhat(t: Translate, name: string): string {
	const key = `method.${name}.what`;
	return worded(key) ? t(key) : "";
}
