// The rank lab: an adapter is trained, its spectrum shown, its rank cut with loss and answer following, the cut kept; two
// adapters compared; a rank recommended from kept runs; the calculator used.
import { cleanInBoth } from "./axe.ts";
import { expect, type Page, test } from "./test.ts";

async function train(page: Page, rank: number): Promise<void> {
	await page.getByRole("tab", { name: "Workspace", exact: true }).click();
	await page.getByRole("spinbutton", { name: "Rank" }).fill(String(rank));
	await page.getByRole("button", { name: "Start", exact: true }).click();
	await expect(page.getByRole("status")).toContainText(/step \d/, { timeout: 60_000 });
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 120_000 });
	await expect(page.getByRole("region", { name: "Tuned", exact: true })).toHaveAttribute("aria-busy", "false", {
		timeout: 60_000,
	});
}
const open = (page: Page) => page.getByRole("tab", { name: "Rank lab", exact: true }).click();
const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

test("spectrum, cut, overlap, recommendation and calculator for adapters trained here", async ({ page }) => {
	test.setTimeout(600_000);
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await open(page);
	await expect(region(page, "Spectrum")).toContainText("Train or open an adapter");
	await page.getByRole("tab", { name: "Workspace", exact: true }).click();
	await page.getByRole("spinbutton", { name: "Steps" }).fill("6");
	await train(page, 2);
	await train(page, 8);

	// The spectrum has every module, with effective ranks between 1 and r.
	await open(page);
	const cells = region(page, "Spectrum").getByRole("button", { name: /effective rank/ });
	await expect(cells).toHaveCount(42, { timeout: 30_000 });
	for (const text of await cells.allTextContents()) {
		expect(Number(text)).toBeGreaterThanOrEqual(1);
		expect(Number(text)).toBeLessThanOrEqual(8);
	}
	await cells.first().click();
	await expect(page.getByRole("figure", { name: /Singular values of model.layers.0/ })).toBeVisible();

	// The slider: rank 0 is the base, the full rank gives the loss the run ended with.
	const cut = region(page, "Cut after training");
	const slider = cut.getByRole("slider", { name: "Cut to" });
	const shown = async () => Number(/held-out loss ([\d.]+)/.exec((await cut.textContent()) ?? "")?.[1]);
	const settled = async () => {
		await page.waitForTimeout(500); // until the page has begun to measure
		await expect(cut.locator("[aria-busy=false]")).toContainText("answered in", { timeout: 30_000 });
		return shown();
	};
	await slider.fill("7"); // compiles what the slider needs
	await settled();
	await slider.fill("8");
	const whole = await settled();
	const run = await page.evaluate(async () => (await globalThis.tabtune.engine?.runs())?.[0]);
	expect(Math.abs(whole - (run?.summary?.lastEvalLoss ?? 0))).toBeLessThan(0.006); // two decimals are shown
	await slider.fill("0");
	const bare = await settled();
	expect(Math.abs(bare - (run?.summary?.firstEvalLoss ?? 0))).toBeLessThan(0.006);
	await slider.fill("2");
	const two = await settled();
	expect(two).toBeGreaterThan(whole - 0.2);
	expect(two).toBeLessThan(bare);
	const took = /measured in (\d+) ms, answered in (\d+) ms/.exec((await cut.textContent()) ?? "");
	console.log(`a cut measured in ${took?.[1]} ms, its answer in ${took?.[2]} ms`);
	await cleanInBoth(page, "the rank lab");

	// The kept cut is an adapter of that rank with the same loss.
	await cut.getByRole("button", { name: "Keep this" }).click();
	await expect
		.poll(async () => page.evaluate(async () => (await globalThis.tabtune.engine?.adapter())?.r), { timeout: 30_000 })
		.toBe(2);
	await expect(region(page, "Spectrum").getByRole("button", { name: /of 2$/ })).toHaveCount(42);
	await slider.fill("1");
	await settled();
	await slider.fill("2");
	await settled();
	await expect.poll(shown).toBe(two);

	// An adapter overlaps fully with itself; two runs overlap more than chance in their first direction.
	const overlap = region(page, "Overlap of two adapters");
	await overlap.getByLabel("Second").selectOption("memory");
	await overlap.getByRole("button", { name: "Compare" }).click();
	await expect(overlap).toContainText("i 2, j 2: φ 1.00");
	await overlap.getByLabel("Second").selectOption({ index: 1 });
	await overlap.getByLabel("Directions").selectOption("right");
	await overlap.getByRole("button", { name: "Compare" }).click();
	await expect(overlap).toContainText(/i 1, j 1: φ 0?\.?\d/);

	// With one seed per rank the recommendation says that it cannot judge.
	const advisor = region(page, "Recommended rank");
	await advisor.getByRole("button", { name: /2 runs/ }).click();
	await expect(advisor).toContainText("the noise is unknown");
	await expect(advisor).toContainText("a single seed");

	const calculator = region(page, "Calculator");
	await calculator.getByRole("spinbutton", { name: "r", exact: true }).fill("4");
	await expect(calculator).toContainText("81,408 parameters");
	await calculator.getByLabel("Method").selectOption("prompt_tuning");
	await expect(calculator).toContainText("3,840 parameters");
});
