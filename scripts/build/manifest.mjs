// The web app manifest: name, colours (from tokens.css) and icons (drawn by icons.mjs) of the installed page.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../files.mjs";

/** The PNGs of public/icon.svg. @type {readonly { src: string, size: number, purpose: "any" | "maskable" }[]} */
export const ICONS = [
	{ src: "icon-192.png", size: 192, purpose: "any" },
	{ src: "icon-512.png", size: 512, purpose: "any" },
	{ src: "icon-maskable.png", size: 512, purpose: "maskable" },
];

/** A colour of the light theme. @param {string} name as in tokens.css */
function token(name) {
	const tokens = readFileSync(join(ROOT, "app/styles/tokens.css"), "utf8");
	const value = new RegExp(`--${name}:\\s*(#[0-9a-f]{6});`).exec(tokens)?.[1];
	if (value === undefined) throw new Error(`app/styles/tokens.css has no colour --${name}`);
	return value;
}

export const manifest = () => ({
	name: "TabTune",
	short_name: "TabTune",
	description: "Fine-tune a language model with LoRA in this browser tab, on your own GPU. Nothing is uploaded.",
	lang: "en",
	start_url: "./", // relative to the manifest
	scope: "./",
	display: /** @type {const} */ ("standalone"),
	theme_color: token("card"),
	background_color: token("background"),
	categories: ["education", "developer"],
	icons: [
		{ src: "icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
		...ICONS.map(({ src, size, purpose }) => ({ src, sizes: `${size}x${size}`, type: "image/png", purpose })),
	],
});
