// convert: an adapter for another consumer. PEFT now; GGUF and MLX come later and say so.
import { join } from "node:path";
import { exportAdapter } from "../../engine/adapters/adapter-files.ts";
import { TabTuneError } from "../../engine/errors.ts";
import { need } from "../args.ts";
import { writeWhole } from "../node-files.ts";
import { openAdapter, openModel } from "../open.ts";
import { result } from "../output.ts";
import type { Command } from "./command.ts";

export const convertCommand: Command = {
	name: "convert",
	summary: "write an adapter for another program: --adapter DIR --model M --to peft --output PATH",
	options: { model: "text", adapter: "text", to: "text", output: "text", dtype: "text" },
	takesSettings: false,
	async run(args) {
		const output = need(args, "output");
		const to = need(args, "to");
		need(args, "adapter");
		if (to === "gguf" || to === "mlx")
			throw new TabTuneError("not-yet", {
				what: `--to ${to} comes in a later version`,
				where: "tabtune convert",
				next: "use --to peft",
			});
		if (to !== "peft")
			throw new TabTuneError("usage", { what: `--to is "${to}"`, where: "tabtune convert", next: "use --to peft" });
		const model = await openModel(args);
		const adapter = await openAdapter(args, model);
		if (adapter === null) throw new Error("--adapter was checked");
		const files = await exportAdapter(model, adapter);
		for (const { path, bytes } of files) await writeWhole(join(output, path), bytes);
		await result({ output, files: files.map(({ path }) => path) });
	},
};
