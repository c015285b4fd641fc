// Runs axe on the page: all rules in the light theme, and the rules about colours again in the dark one, since markup and
// names are the same in both.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "./test.ts";

const OF_COLOURS = ["color-contrast", "link-in-text-block"];

export async function clean(page: Page, what: string): Promise<void> {
	const before = await page.evaluate(() => document.documentElement.dataset.theme);
	for (const scheme of ["light", "dark"]) {
		await setTheme(page, scheme);
		const axe = new AxeBuilder({ page });
		const { violations } = await (scheme === "light" ? axe : axe.withRules(OF_COLOURS)).analyze();
		const told = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
		expect(told, `${what}, ${scheme}`).toEqual([]);
	}
	await setTheme(page, before ?? "light");
}

/** Like `clean`, in both languages; needs the header's buttons in reach. Leaves the page in the language it was in. */
export async function cleanInBoth(page: Page, what: string): Promise<void> {
	const chosen = await page.locator("html").getAttribute("lang");
	for (const { name, lang } of chosen === "en" ? [ENGLISH, CHINESE].reverse() : [ENGLISH, CHINESE]) {
		await clean(page, what);
		await page.getByRole("banner").getByRole("button", { name }).click();
		await expect(page.locator("html")).toHaveAttribute("lang", lang);
	}
}

const ENGLISH = { name: "English", lang: "en" };
const CHINESE = { name: "中文", lang: "zh-Hans" };

const setTheme = (page: Page, scheme: string): Promise<void> =>
	page.evaluate((theme) => {
		document.documentElement.dataset.theme = theme;
	}, scheme);
