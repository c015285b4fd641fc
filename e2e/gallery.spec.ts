// A first visit with a gallery set: trained within a minute of the click, and the style shows on prompts that are not among
// the rows. TABTUNE_GALLERY names other sets; results of all of them are in docs/gallery.md.
import { readFileSync } from "node:fs";
import { expect, test } from "./test.ts";
import { expectPace } from "./timing.ts";

interface Entry {
	id: string;
	title: { en: string };
	heldOutPrompts: string[];
	check: { pattern: string; flags?: string };
}
const entries = JSON.parse(readFileSync("public/gallery/index.json", "utf8")) as Entry[];
const MINUTE = 60_000;

const SETS = (process.env.TABTUNE_GALLERY ?? "pirate").split(",");

test.use({ rows: "gallery" });

for (const { id, title, heldOutPrompts, check } of entries.filter((entry) => SETS.includes(entry.id))) {
	test(`${id}: tuned within a minute, also on unseen prompts`, { tag: "@paced" }, async ({ page }) => {
		test.setTimeout(6 * MINUTE);
		await page.goto("/");
		await page.getByRole("button", { name: title.en }).click();
		const start = page.getByRole("button", { name: "Start", exact: true });
		await expect(start).toBeEnabled({ timeout: MINUTE });
		const clicked = performance.now();
		await start.click();
		await expect(page.getByRole("status")).toContainText("finished", { timeout: 3 * MINUTE });
		const seconds = (performance.now() - clicked) / 1000;
		console.log(await page.getByRole("status").textContent());
		expectPace(`${id}, from click to finished`, seconds, 60, "s");

		await page.getByRole("button", { name: "Several prompts" }).click();
		await page.getByRole("button", { name: /this set's held-out prompts/ }).click();
		await page.getByText("Sampling", { exact: true }).click();
		await page.getByRole("spinbutton", { name: "Temperature" }).fill("0");
		await page.getByRole("button", { name: "Generate" }).click();
		const rule = new RegExp(check.pattern, check.flags);
		let kept = 0;
		for (const prompt of heldOutPrompts) {
			const [base, tuned] = await Promise.all(
				[0, 1].map(async (side) => {
					const cell = page.getByRole("row", { name: prompt }).getByRole("cell").nth(side);
					await expect(cell.getByRole("paragraph")).not.toBeEmpty({ timeout: 2 * MINUTE });
					await expect(cell).toHaveAttribute("aria-busy", "false", { timeout: 2 * MINUTE });
					return (await cell.textContent()) ?? "";
				}),
			);
			console.log(`  ${prompt}\n    ${base}\n    ${tuned}`);
			expect(base).not.toMatch(rule);
			if (rule.test(tuned)) kept++;
		}
		expect(kept).toBeGreaterThanOrEqual(2);
	});
}
