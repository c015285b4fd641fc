// A model folder dropped on the page: inspected, loaded; and the way back to the bundled model.
import { resolve } from "node:path";
import { expect, test } from "./test.ts";

test("a dropped model folder is inspected and loaded; a folder without a model is rejected and the previous model stays", async ({
	page,
	context,
}) => {
	test.setTimeout(180_000);
	await page.goto("/");
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	const devtools = await context.newCDPSession(page);
	// A real drop of a path; synthetic events cannot carry one.
	const drop = async (path: string) => {
		const data = { items: [], files: [resolve(path)], dragOperationsMask: 1 };
		for (const type of ["dragEnter", "dragOver", "drop"] as const)
			await devtools.send("Input.dispatchDragEvent", { type, x: 600, y: 300, data });
	};
	await drop("public/base-model");
	await expect(page.getByRole("banner")).toContainText("base-model", { timeout: 60_000 });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	await expect(page.getByText("Links support only adapters of the bundled model")).toBeVisible();

	await drop("public/gallery");
	await expect(page.getByRole("region", { name: "Model" }).getByRole("alert")).toContainText("config.json");
	await expect(page.getByRole("banner")).toContainText("base-model");

	// A GGUF file opens as a model, and an invalid one is reported.
	const broken = { name: "broken.gguf", mimeType: "application/octet-stream", buffer: Buffer.from("no model") };
	await page.getByLabel("Open GGUF file").setInputFiles(broken);
	await expect(page.getByRole("region", { name: "Model" }).getByRole("alert")).toContainText(
		"does not start with GGUF",
	);
	await expect(page.getByRole("banner")).toContainText("base-model");

	await page.getByRole("button", { name: "Use the bundled model" }).click();
	await expect(page.getByRole("banner")).toContainText("demo", { timeout: 60_000 });
	await expect(page.getByRole("button", { name: "Copy link" })).toBeVisible();
	// Quantised, the same base needs less memory and can be trained.
	const model = page.getByRole("region", { name: "Model" });
	await expect(model).toContainText("llama, bfloat16");
	await page.getByLabel("Base precision").selectOption("int8");
	await expect(model).toContainText("llama, int8", { timeout: 60_000 });
	await expect(start).toBeEnabled({ timeout: 60_000 });
});
