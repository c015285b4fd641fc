// Models from a local fake Hub: looked up, downloaded over failures, paused, kept across a reload and offline, trained on,
// deleted; and rejected models.
import { readFile } from "node:fs/promises";
import { HEADERS, HUB_HEADERS } from "../scripts/build/csp.mjs";
import { PLAYED_TOKEN, type PlayedHub, playHub } from "../src/cli/test-hub.ts";
import { clean } from "./axe.ts";
import { test as base, expect, type Page } from "./test.ts";

const WEIGHTS = "model.safetensors";
const NAMES = [
	"config.json",
	"generation_config.json",
	"tokenizer.json",
	"tokenizer_config.json",
	"chat_template.jinja",
];

const test = base.extend<{ hub: PlayedHub }>({
	hub: async ({ watch }, use) => {
		const entries = [...NAMES, WEIGHTS].map(
			async (name) => [name, await readFile(`public/base-model/${name}`)] as const,
		);
		const files = Object.fromEntries(await Promise.all(entries));
		const giant = large();
		const hub = await playHub({
			"tester/story": { files, license: "apache-2.0" },
			"tester/gated": { files, gated: true },
			"tester/large": {
				files: giant.files,
				sibling: (path, entry) =>
					path === WEIGHTS ? { ...entry, lfs: { size: giant.bytes, sha256: "ab".repeat(32) } } : entry,
			},
			"tester/wrong": {
				files,
				sibling: (path, entry) =>
					path === WEIGHTS ? { ...entry, lfs: { size: files[WEIGHTS].length, sha256: "ab".repeat(32) } } : entry,
			},
		});
		await use(hub);
		await hub.close();
		// Only the named Hub and the storage it redirects to were requested.
		const hosts = [hub.endpoint, hub.elsewhere].map((address) => new URL(address).host);
		const others = watch.seen.filter((text) => !URL.canParse(text) || !hosts.includes(new URL(text).host));
		watch.seen.splice(0, watch.seen.length, ...others);
	},
});

test.use({ serviceWorkers: "allow" });

/** A Llama of 2.5 billion parameters, of which only the header exists. */
function large(): { files: Record<string, Uint8Array>; bytes: number } {
	const [hidden, inner, layers, vocab] = [2560, 6912, 32, 2048];
	const square = ["q_proj", "k_proj", "v_proj", "o_proj"].map((name) => [`self_attn.${name}`, hidden, hidden] as const);
	const layer = [
		...square,
		["mlp.gate_proj", inner, hidden] as const,
		["mlp.up_proj", inner, hidden] as const,
		["mlp.down_proj", hidden, inner] as const,
		["input_layernorm", hidden] as const,
		["post_attention_layernorm", hidden] as const,
	];
	const each = Array.from({ length: layers }, (_, i) =>
		layer.map(([name, ...shape]) => [`layers.${i}.${name}`, shape]),
	);
	const all = [["embed_tokens", [vocab, hidden]], ["norm", [hidden]], ...each.flat()] as [string, number[]][];
	let end = 0;
	const entries = all.map(([name, shape]) => {
		const from = end;
		end += 2 * shape.reduce((product, n) => product * n, 1);
		return [`model.${name}.weight`, { dtype: "BF16", shape, data_offsets: [from, end] }];
	});
	const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
	const head = Buffer.alloc(8 + header.length + 256 * 1024);
	head.writeBigUInt64LE(BigInt(header.length));
	header.copy(head, 8);
	const config = {
		...{ model_type: "llama", architectures: ["LlamaForCausalLM"], hidden_act: "silu", rms_norm_eps: 1e-5 },
		...{ hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers, vocab_size: vocab },
		...{ num_attention_heads: 20, num_key_value_heads: 20, max_position_embeddings: 2048, tie_word_embeddings: true },
	};
	return {
		files: { "config.json": Buffer.from(JSON.stringify(config)), [WEIGHTS]: head },
		bytes: 8 + header.length + end,
	};
}

const start = (page: Page) => page.getByRole("button", { name: "Start", exact: true });
const panel = (page: Page) => page.getByRole("region", { name: "Models from the Hub" });
const banner = (page: Page) => page.getByRole("banner");

async function open(page: Page): Promise<void> {
	await expect(start(page)).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("button", { name: "From the Hub" }).click();
	await expect(panel(page)).toBeVisible();
}

async function look(page: Page, hub: PlayedHub, model: string): Promise<void> {
	const mirror = panel(page).getByLabel("Hub or mirror");
	if (!(await mirror.isVisible())) await panel(page).getByText("Mirror and token").click();
	await mirror.fill(hub.endpoint);
	await panel(page).getByLabel("Hub model name").fill(model);
	await panel(page).getByRole("button", { name: "Look up" }).click();
}

test("a Hub model is inspected, downloaded, kept, and trained offline", async ({ page, context, hub, request }) => {
	test.setTimeout(240_000);
	await page.goto("/?steps=1&per_device_train_batch_size=1&max_length=32");
	await open(page);
	expect(hub.seen).toEqual([]);
	await look(page, hub, "tester/story");
	const offer = panel(page).getByRole("note");
	await expect(offer).toContainText("6 files, 5.6 MB · 2.8M parameters · llama, bfloat16 · apache-2.0");
	await expect(offer).toContainText("fits");
	await expect(offer).toContainText(hub.commit.slice(0, 8));
	// Only the header of the weights is read.
	expect(hub.seen.filter(({ server }) => server === "cdn").map(({ range }) => range)).toEqual(["bytes=0-262143"]);
	await clean(page, "an offer of the Hub");

	// The connection breaks and the server asks to retry later: pausing meanwhile, the download resumes where it was.
	hub.fault(WEIGHTS, { dropAfter: 2_000_000 }, { status: 429, headers: { "Retry-After": "300" } });
	await offer.getByRole("button", { name: "Download" }).click();
	await expect(offer).toContainText("retrying in 5:00", { timeout: 30_000 });
	await expect(offer).toContainText(/\d [KM]B of 5\.6 MB/);
	await offer.getByRole("button", { name: "Pause" }).click();
	await expect(offer).toContainText("paused");
	await expect(panel(page).getByRole("listitem")).toContainText(/\d [KM]B of 5\.6 MB/);
	await offer.getByRole("button", { name: "Resume" }).click();
	await expect(banner(page)).toContainText("tester/story", { timeout: 60_000 });
	expect(hub.seen.at(-1)).toMatchObject({
		server: "cdn",
		range: expect.stringMatching(/^bytes=[1-9]\d*-$/),
		status: 206,
	});
	await expect(page.getByRole("region", { name: "Model", exact: true })).toContainText("apache-2.0");
	await expect(panel(page).getByRole("listitem")).toContainText("in use");

	// Only the download worker can reach other origins; page and engine cannot.
	const scripts = page.workers().map((worker) => worker.url());
	const policyOf = async (url: string) => (await request.get(url)).headers()["content-security-policy"];
	const fetching = scripts.filter((url) => url.includes("/hub/"));
	expect(fetching).toHaveLength(1);
	expect(await policyOf(fetching[0])).toBe(HUB_HEADERS["Content-Security-Policy"]);
	for (const url of scripts.filter((other) => other !== fetching[0]))
		expect(await policyOf(url)).toBe(HEADERS["Content-Security-Policy"]);

	await page.evaluate(async () => void (await navigator.serviceWorker.ready));
	await hub.close();
	await context.setOffline(true);
	await page.reload();
	await open(page);
	await panel(page).getByRole("button", { name: "Use tester/story" }).click();
	await expect(banner(page)).toContainText("tester/story", { timeout: 60_000 });
	await start(page).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 120_000 });
	await panel(page).getByRole("button", { name: "Delete tester/story" }).click();
	await expect(panel(page)).toContainText("No downloaded models yet.");
	await expect(banner(page)).toContainText("demo", { timeout: 60_000 });
	await context.setOffline(false);
});

test("unavailable models are reported with a reason, and the previous model stays", async ({ page, context, hub }) => {
	test.setTimeout(180_000);
	await page.goto("/");
	await open(page);
	const alert = panel(page).getByRole("alert");
	const offer = panel(page).getByRole("note");
	await look(page, hub, "tester/none");
	await expect(alert).toContainText("There is no tester/none, or it is private", { timeout: 30_000 });
	await look(page, hub, "tester/story@v9");
	await expect(alert).toContainText("tester/story has no such revision");
	await look(page, hub, "tester/gated");
	await expect(alert).toContainText("tester/gated is a gated model");
	await page.getByRole("button", { name: "中文" }).click();
	await expect(page.getByRole("alert")).toContainText("受限模型");
	await page.getByRole("button", { name: "English" }).click();
	await panel(page).getByLabel("Access token").fill(PLAYED_TOKEN);
	await panel(page).getByRole("button", { name: "Look up" }).click();
	await expect(offer).toContainText("tester/gated", { timeout: 30_000 });
	expect(hub.seen.some(({ token }) => token === `Bearer ${PLAYED_TOKEN}`)).toBe(true);
	expect(hub.seen.filter(({ server }) => server === "cdn").every(({ token }) => token === null)).toBe(true);

	// Too big, and the precisions that fit, from its header alone.
	await look(page, hub, "tester/large");
	await expect(offer).toContainText("It fits as int8 (one scale per row), NF4", { timeout: 30_000 });
	await expect(offer).toContainText("2 files, 5.1 GB · 2.5B parameters");
	// From any server other than a Hub, without the token.
	await look(page, hub, `${hub.elsewhere}/tester/story`);
	await expect(offer).toContainText("6 files, 5.6 MB · 2.8M parameters · llama, bfloat16 · no licence stated", {
		timeout: 30_000,
	});

	await look(page, hub, "tester/wrong");
	await offer.getByRole("button", { name: "Download" }).click();
	await expect(alert).toContainText("checksum of model.safetensors does not match", {
		timeout: 30_000,
	});
	await panel(page).getByRole("button", { name: "Cancel and delete" }).click();

	// The disk fills up during the download; with space again it resumes.
	await look(page, hub, "tester/story");
	const devtools = await context.newCDPSession(page);
	const origin = new URL(page.url()).origin;
	const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin });
	await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 2_500_000 });
	await offer.getByRole("button", { name: "Download" }).click();
	await expect(alert).toContainText("There is no space left for the model", { timeout: 30_000 });
	await devtools.send("Storage.overrideQuotaForOrigin", { origin });
	await offer.getByRole("button", { name: "Resume" }).click();
	await expect(banner(page)).toContainText("tester/story", { timeout: 60_000 });
});
