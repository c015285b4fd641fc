// A tuned model in a link: copied in one browser profile, opened in another, with the same answers token for token.
import { cleanInBoth } from "./axe.ts";
import { expect, type Page, shortenRows, test } from "./test.ts";

const START = { name: "Start", exact: true };

async function ready(page: Page): Promise<void> {
	await expect(page.getByRole("button", START)).toBeEnabled({ timeout: 60_000 });
}

async function trained(page: Page, query: string): Promise<void> {
	await page.goto(`/${query}`);
	await ready(page);
	await page.getByRole("button", START).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 180_000 });
	await expect(page.getByRole("region", { name: "Tuned", exact: true })).toHaveAttribute("aria-busy", "false", {
		timeout: 60_000,
	});
}

/** Greedy answers of the tuned model, as ids. After two steps they are long and follow from every weight. */
const answers = (page: Page): Promise<(number[] | undefined)[]> =>
	page.evaluate(() =>
		["Tell me a story about a cow.", "Who are you?"].reduce<Promise<(number[] | undefined)[]>>(
			async (before, prompt) => [
				...(await before),
				(
					await globalThis.tabtune.engine?.generate(
						{ prompt, adapterStrength: 1, max_new_tokens: 48, temperature: 0, top_p: 1, top_k: 0, seed: 0 },
						() => undefined,
					)
				)?.output_ids,
			],
			Promise.resolve([]),
		),
	);

test("a link copied in one profile gives the same answers in another, and training can continue", async ({
	page,
	context,
	browser,
	watch,
	baseURL,
}) => {
	test.setTimeout(400_000);
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	await trained(page, "?steps=2&r=4");
	await page.getByRole("button", { name: "Copy link" }).click();
	await expect(page.getByText(/Copied: [\d,]+ characters/)).toBeVisible();
	const link = await page.evaluate(() => navigator.clipboard.readText());
	expect(link.length).toBeLessThan(200_000);
	const made = await answers(page);
	expect(made.every((ids) => ids !== undefined && ids.length > 0)).toBe(true);

	const other = await browser.newContext({ baseURL });
	await watch(other);
	await shortenRows(other);
	const guest = await other.newPage();
	await guest.goto(link);
	await ready(guest);
	await expect(guest.getByRole("note").filter({ hasText: "contains a tuned model" })).toContainText("2 steps");
	await expect(guest.getByRole("region", { name: "Tuned", exact: true })).not.toBeEmpty({ timeout: 60_000 });
	await expect(guest.getByRole("region", { name: "Tuned", exact: true })).toHaveAttribute("aria-busy", "false", {
		timeout: 60_000,
	});
	expect(await answers(guest)).toEqual(made);
	await cleanInBoth(guest, "a shared adapter");

	await guest.getByRole("checkbox", { name: /Continue from the adapter/ }).check();
	await guest.getByRole("spinbutton", { name: "Steps" }).fill("2");
	await guest.getByRole("button", START).click();
	await expect(guest.getByRole("status")).toContainText("finished", { timeout: 60_000 });
	// Training continues from the link's adapter, not from the base.
	const first = await guest.evaluate(async () => (await globalThis.tabtune.engine?.runs())?.[0]?.steps[0]?.loss);
	expect(first).toBeLessThan(4);
	expect(new URL(guest.url()).hash).toBe("");
	await other.close();
});

test("a damaged link and a link for another model are reported, and the page still works", async ({ page }) => {
	await page.goto("/#tt1.5.00000000.AAAAA");
	await ready(page);
	await expect(page.getByRole("alert").filter({ hasText: /The link was changed/ })).toBeInViewport();
	await expect(page.getByRole("region", { name: "Base", exact: true })).not.toBeEmpty({ timeout: 60_000 });
	// The address of an open page changes.
	await page.goto("/#tt9.5.00000000.AAAAA");
	await expect(page.getByRole("alert").filter({ hasText: /version 9/ })).toBeInViewport();
	await expect(page.getByRole("button", START)).toBeEnabled();
	await cleanInBoth(page, "a link that cannot be opened");
});
