// axe on the views and states of a run, in both languages and themes (errors, data, runs and links are checked in their own
// specs); and the page used by keyboard alone.
import { clean, cleanWords } from "./axe.ts";
import { expect, type Page, test } from "./test.ts";

const MINUTE = 60_000;

const WORDS = {
	en: {
		start: "Start",
		pause: "Pause",
		resume: "Resume",
		stop: "Stop and keep",
		more: "More",
		set: "Several prompts",
		chat: "Chat",
		files: "Other files",
		commands: "Commands",
		edit: "Edit rows",
	},
	zh: {
		start: "开始训练",
		pause: "暂停",
		resume: "继续",
		stop: "停止并保留",
		more: "更多",
		set: "多个提示词",
		chat: "对话",
		files: "其他文件",
		commands: "命令",
		edit: "编辑样本",
	},
} as const;

for (const lang of ["en", "zh"] as const) {
	const words = WORDS[lang];
	const check = lang === "en" ? clean : cleanWords;
	test(`axe finds no violation in any view or state, ${lang}`, async ({ page }) => {
		test.setTimeout(6 * MINUTE);
		const button = (name: string) => page.getByRole("button", { name, exact: true });
		const status = page.getByRole("status");
		await page.goto(`/?lang=${lang}&steps=400`);
		await expect(page.locator("html")).toHaveAttribute("lang", lang === "zh" ? "zh-Hans" : "en");
		await expect(button(words.start)).toBeEnabled({ timeout: MINUTE });
		await page.getByText(words.more, { exact: true }).first().click();
		await check(page, "arrived, all settings open");
		await page.emulateMedia({ forcedColors: "active" });
		await expect(page.locator(".token.trained").first()).toHaveCSS("text-decoration-line", "underline");
		await cleanWords(page, "forced colours"); // their contrast is the system's
		await page.emulateMedia({ forcedColors: null });
		await button(words.start).click();
		await expect(status).toHaveText(/\b[1-9]\d*\/400/, { timeout: MINUTE });
		await button(words.pause).click();
		await check(page, "paused");
		await button(words.resume).click();
		await check(page, "running");
		await button(words.stop).click();
		await expect(button(words.start)).toBeEnabled({ timeout: MINUTE });
		await button(words.set).click();
		await check(page, "stopped, a set of prompts");
		await button(words.chat).click();
		await button(words.files).click();
		await check(page, "other files");
		await page.keyboard.press("Escape");
		await page.keyboard.press("Control+k");
		await expect(page.getByRole("dialog", { name: words.commands })).toBeVisible();
		await check(page, "commands");
		await page.keyboard.press("Escape");
		const [workspace, ...others] = await page.getByRole("tab").all();
		for (const tab of [...others, workspace]) {
			await tab.click();
			await check(page, (await tab.textContent()) ?? "");
		}
		await button(words.edit).click();
		await expect(page.getByRole("dialog")).toBeVisible();
		await check(page, "the editor of rows");
		await page.keyboard.press("Escape");
		await page.setViewportSize({ width: 390, height: 800 });
		await check(page, "on a phone");
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
		// No text is left in the other language, except names and engine messages.
		if (lang === "zh") {
			for (const name of await page.getByRole("button").allInnerTexts())
				if (!/^[\s…]*$|run\.json|English|^en$|TabTune|^(Ollama|LM Studio|llama\.cpp|transformers)$/.test(name))
					expect(name).toMatch(/[\u4e00-\u9fff]/);
		}
	});
}

test("keyboard only: choose a set, train, ask, run a command", async ({ page }) => {
	test.setTimeout(6 * MINUTE);
	// The palette's code loads slowly; what is typed until then must not be lost.
	let delayed = 0;
	await page.route(/\/Palette-.*\.js$/, async (route) => {
		delayed++;
		await new Promise((done) => setTimeout(done, 1000));
		await route.continue();
	});
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: MINUTE });
	/** Presses Tab until the element has the focus. */
	const reach = async (role: Parameters<Page["getByRole"]>[0], name: string | RegExp) => {
		const element = page.getByRole(role, { name, exact: typeof name === "string" });
		for (let n = 0; n < 120; n++) {
			if (await element.evaluate((node) => node === document.activeElement)) return;
			await page.keyboard.press("Tab");
		}
		throw new Error(`${name} is not reached by Tab`);
	};
	await reach("button", "On the moon");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("button", { name: "On the moon" })).toHaveAttribute("aria-pressed", "true");
	await reach("spinbutton", "Steps");
	await page.keyboard.press("Control+a");
	await page.keyboard.type("6");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled();
	await page.keyboard.press("Control+k");
	await page.keyboard.type("start");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 3 * MINUTE });
	await reach("textbox", "Prompt");
	await page.keyboard.press("Control+a");
	await page.keyboard.type("Who are you?");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("region", { name: "Tuned", exact: true })).toHaveAttribute("aria-busy", "false", {
		timeout: MINUTE,
	});
	await expect(page.getByRole("region", { name: "Tuned", exact: true })).not.toBeEmpty();
	await page.keyboard.press("Control+k");
	expect(delayed).toBe(1);
	await page.keyboard.type("dark theme");
	await page.keyboard.press("Enter");
	await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
