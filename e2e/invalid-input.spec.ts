// Restrictions of device and browser: a model that is too big, storage refused, a page under a sub-path, a notification
// when the run ends. Each works or is reported; engine errors also in Chinese.
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clean, cleanInBoth } from "./axe.ts";
import { test as base, expect, type Page, shortenRows } from "./test.ts";

const MINUTE = 60_000;
const test = base.extend<{ folder: string }>({
	// biome-ignore lint/correctness/noEmptyPattern: Playwright derives a fixture's dependencies from the pattern
	folder: async ({}, use) => {
		const folder = await mkdtemp(join(tmpdir(), "tabtune-refused-"));
		await use(folder);
		await rm(folder, { recursive: true, force: true });
	},
});
const startOf = (page: Page) => page.getByRole("button", { name: "Start", exact: true });

/** A 56 GB Llama folder whose weights are a sparse file: only its header is read before loading. */
async function bigModel(folder: string): Promise<void> {
	const config = JSON.parse(await readFile("public/base-model/config.json", "utf8"));
	const big = {
		...config,
		hidden_size: 8192,
		intermediate_size: 24576,
		num_hidden_layers: 32,
		num_attention_heads: 64,
		num_key_value_heads: 64,
		head_dim: 128,
	};
	await mkdir(folder);
	await writeFile(join(folder, "config.json"), JSON.stringify(big));
	const { hidden_size: h, intermediate_size: m, vocab_size } = big;
	const shapes: [string, number[]][] = [
		["model.embed_tokens.weight", [vocab_size, h]],
		["model.norm.weight", [h]],
	];
	for (let i = 0; i < big.num_hidden_layers; i++) {
		const layer = `model.layers.${i}`;
		for (const name of ["q", "k", "v", "o"]) shapes.push([`${layer}.self_attn.${name}_proj.weight`, [h, h]]);
		for (const name of ["gate", "up"]) shapes.push([`${layer}.mlp.${name}_proj.weight`, [m, h]]);
		shapes.push([`${layer}.mlp.down_proj.weight`, [h, m]]);
		for (const name of ["input", "post_attention"]) shapes.push([`${layer}.${name}_layernorm.weight`, [h]]);
	}
	let end = 0;
	const table = Object.fromEntries(
		shapes.map(([name, shape]) => {
			const start = end;
			end += 2 * shape.reduce((a, b) => a * b);
			return [name, { dtype: "BF16", shape, data_offsets: [start, end] }];
		}),
	);
	const header = Buffer.from(JSON.stringify(table));
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(header.length));
	const file = await open(join(folder, "model.safetensors"), "w");
	await file.write(Buffer.concat([length, header]));
	await file.truncate(8 + header.length + end);
	await file.close();
}

test("a model too big for the device is reported before loading, loads only on request, and the previous one stays", async ({
	page,
	folder,
}) => {
	test.setTimeout(3 * MINUTE);
	await bigModel(join(folder, "big-model"));
	await page.goto("/");
	await expect(startOf(page)).toBeEnabled({ timeout: MINUTE });
	await page.getByLabel("Open model folder").setInputFiles(join(folder, "big-model"));
	const offer = page.getByRole("note").filter({ hasText: "big-model" });
	await expect(offer).toContainText("too big", { timeout: MINUTE });
	await expect(offer.getByRole("button", { name: "Load anyway" })).toBeVisible();
	await cleanInBoth(page, "a model too big");
	await offer.getByRole("button", { name: "Cancel" }).click();
	await expect(offer.getByRole("button")).toHaveCount(0);
	await expect(page.getByRole("banner")).toContainText("demo");
	await expect(startOf(page)).toBeEnabled();
});

test("without storage the page says so and still trains", async ({ playwright, baseURL, folder, watch }) => {
	test.setTimeout(3 * MINUTE);
	// The browser's own setting to block all site data; a script could not simulate it in a worker.
	const profile = { profile: { default_content_setting_values: { cookies: 2 } } };
	await mkdir(join(folder, "Default"));
	await writeFile(join(folder, "Default", "Preferences"), JSON.stringify(profile));
	const { launchOptions } = test.info().project.use;
	const context = await playwright.chromium.launchPersistentContext(folder, { ...launchOptions, baseURL });
	try {
		await watch(context);
		await shortenRows(context);
		const page = await context.newPage();
		await page.goto("/");
		await expect(startOf(page)).toBeEnabled({ timeout: MINUTE });
		await expect(page.getByText("This browser does not allow the page to store data")).toBeVisible();
		await page.getByRole("spinbutton", { name: "Steps" }).fill("1");
		await startOf(page).click();
		await expect(page.getByRole("status")).toContainText("finished", { timeout: MINUTE });
		await expect(page.getByRole("button", { name: "Download adapter" })).toBeEnabled();
		await cleanInBoth(page, "storage refused");
	} finally {
		await context.close();
	}
});

test("one notification when the run ends while the user is elsewhere", async ({ page, context }) => {
	test.setTimeout(2 * MINUTE);
	await context.grantPermissions(["notifications"]);
	await page.addInitScript(() => {
		const notifications: string[] = [];
		Object.assign(globalThis, { notifications });
		globalThis.Notification = class extends Notification {
			constructor(title: string, options?: NotificationOptions) {
				super(title, options);
				notifications.push(`${title}: ${options?.body}`);
			}
		};
	});
	await page.goto("/");
	await expect(startOf(page)).toBeEnabled({ timeout: MINUTE });
	await page.getByRole("spinbutton", { name: "Steps" }).fill("300");
	await startOf(page).click();
	// Ticked once the browser has granted permission, a moment after the click.
	const box = page.getByRole("checkbox", { name: "Notify me when it ends" });
	await box.click();
	await expect(box).toBeChecked();
	await page.evaluate(() => Object.defineProperty(document, "hidden", { get: () => true }));
	await page.getByRole("button", { name: "Stop and keep" }).click();
	await expect(page.getByRole("status")).toContainText("stopped", { timeout: MINUTE });
	const notifications = await page.evaluate(() => (globalThis as unknown as { notifications: string[] }).notifications);
	expect(notifications).toEqual([expect.stringMatching(/^TabTune: .+: /)]);
});

test("engine errors are shown in Chinese", async ({ page }) => {
	test.setTimeout(2 * MINUTE);
	await page.goto("/?lang=zh");
	await expect(page.getByRole("button", { name: "开始训练", exact: true })).toBeEnabled({ timeout: MINUTE });
	const rows = Buffer.from('{"text": "a good row"}\n{"text": 3}\nnot JSON\n');
	await page
		.locator('input[type="file"][accept*="jsonl"]')
		.first()
		.setInputFiles({ name: "坏.jsonl", mimeType: "application/jsonl", buffer: rows });
	const data = page.getByRole("region", { name: "数据" });
	await expect(data.getByText('"text" 是数字，而不是字符串').first()).toBeVisible({ timeout: MINUTE });
	await expect(data.getByText(/不是 JSON/).first()).toBeVisible();
	const messages = await data.getByRole("alert").locator("p").allInnerTexts();
	expect(messages.join("\n")).not.toMatch(/[a-z]+ [a-z]+ [a-z]+/);
	const table = Buffer.from("no;Kundin sagt;Antwort an sie\n1;Wo?;Im Baum.\n2;Wer?;Eine Eule.\n");
	await page.getByLabel("添加数据文件").setInputFiles({ name: "表.csv", mimeType: "text/csv", buffer: table });
	await expect(page.getByRole("dialog")).toContainText("Kundin sagt");
	await clean(page, "columns asked about, zh");
});

/** A static host that serves the page two folders down and sends no policy headers. */
const hosted = base.extend({
	baseURL: async ({ baseURL }, use) => {
		const server = createServer(async (request, response) => {
			const [, path] = /^\/class\/tabtune(\/.*)$/.exec(request.url ?? "") ?? [];
			if (path === undefined) return void response.writeHead(404).end("nothing outside the folder");
			const answer = await fetch(new URL(path, baseURL));
			response.setHeader("content-type", answer.headers.get("content-type") ?? "");
			response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
		});
		await new Promise<void>((done) => server.listen(0, "localhost", done));
		await use(`http://localhost:${(server.address() as AddressInfo).port}/class/tabtune/`);
		server.closeAllConnections();
		server.close();
	},
});

hosted.use({ serviceWorkers: "allow" });

hosted("under a sub-path of a plain static host the page trains and is kept for offline", async ({ page, context }) => {
	hosted.setTimeout(3 * MINUTE);
	await page.goto("./?steps=1&per_device_train_batch_size=1&max_length=32");
	await expect(startOf(page)).toBeEnabled({ timeout: MINUTE });
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await startOf(page).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: MINUTE });
	await context.setOffline(true);
	await page.reload();
	await expect(startOf(page)).toBeEnabled({ timeout: MINUTE });
});
