// Runs axe on the page: all rules in the light theme, then the rules about colours again in the dark one, since markup and
// names are the same in both. A second language changes names and not colours, so it is checked without those rules.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "./test.ts";

const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** Fails on a violation. The page has no frames: legacy mode runs axe in it, without a second page for each result. */
async function analyze(page: Page, what: string, narrow: (axe: AxeBuilder) => AxeBuilder): Promise<void> {
	const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode();
	const { violations } = await narrow(axe).analyze();
	const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
	expect(found, what).toEqual([]);
}

/** All rules, in both themes. */
export async function clean(page: Page, what: string): Promise<void> {
	const before = await page.evaluate(() => document.documentElement.dataset.theme);
	await setTheme(page, "light");
	await analyze(page, `${what}, light`, (axe) => axe);
	await setTheme(page, "dark");
	await analyze(page, `${what}, dark`, (axe) => axe.withRules(OF_COLOURS));
	await setTheme(page, before ?? "light");
}

/** All rules that do not depend on colours. */
export const cleanWords = (page: Page, what: string): Promise<void> =>
	analyze(page, what, (axe) => axe.disableRules(OF_COLOURS));

/** `clean`, then `cleanWords` in the other language; needs the header's buttons in reach. Leaves the language as it was. */
export async function cleanInBoth(page: Page, what: string): Promise<void> {
	await clean(page, what);
	const chosen = await page.locator("html").getAttribute("lang");
	const choose = async ({ name, lang }: typeof ENGLISH) => {
		await page.getByRole("banner").getByRole("button", { name }).click();
		await expect(page.locator("html")).toHaveAttribute("lang", lang);
	};
	const [own, other] = chosen === "en" ? [ENGLISH, CHINESE] : [CHINESE, ENGLISH];
	await choose(other);
	await cleanWords(page, `${what}, ${other.name}`);
	await choose(own);
}

const ENGLISH = { name: "English", lang: "en" };
const CHINESE = { name: "中文", lang: "zh-Hans" };

const setTheme = (page: Page, scheme: string): Promise<void> =>
	page.evaluate((theme) => {
		document.documentElement.dataset.theme = theme;
	}, scheme);
