// Tests the package in another project's page: it is packed, installed next to examples/page, built by Vite, and used to
// train on the bundled base and to answer.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makePackage } from "../scripts/build/package.mjs";
import { expect, test } from "./test.ts";

test("a bare Vite page trains and answers with the package", async ({ page }) => {
	test.setTimeout(180_000);
	const project = mkdtempSync(join(tmpdir(), "tabtune-page-"));
	try {
		cpSync("examples/page", project, { recursive: true });
		const installed = join(project, "node_modules", "tabtune");
		mkdirSync(installed, { recursive: true });
		execFileSync("tar", ["-xzf", await makePackage(), "--strip-components=1", "-C", installed]);
		const vite = resolve("node_modules/.bin/vite");
		execFileSync(vite, ["build", "--base", "./", "--logLevel", "error"], { cwd: project });

		await page.route("**/another-page/**", (route) => {
			const path = new URL(route.request().url()).pathname.replace("/another-page/", "");
			return route.fulfill({ path: join(project, "dist", path) });
		});
		await page.goto("/another-page/index.html");
		const folder = "public/base-model";
		const modelFile = /^(config|tokenizer|tokenizer_config|generation_config)\.json$|\.safetensors$|\.jinja$/;
		const files = readdirSync(folder).filter((name) => modelFile.test(name));
		await page.locator("#files").setInputFiles(files.map((name) => join(folder, name)));
		await expect(page.locator("#says")).toContainText("step 30", { timeout: 120_000 });
		await expect(page.locator("#says")).toContainText("→", { timeout: 60_000 });
		const [before, after] = ((await page.locator("#says").textContent()) ?? "").split("→");
		expect(before).toMatch(/[a-z]/);
		expect(after).toMatch(/^ +THE [^a-z]+$/);
	} finally {
		rmSync(project, { recursive: true, force: true });
	}
});
