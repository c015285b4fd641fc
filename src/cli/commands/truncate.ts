// The `truncate` command: reduces an adapter to a lower rank with the smallest error in Frobenius norm, and writes a PEFT
// folder.

import { truncatableUpdates } from "../../engine/analysis/low-rank.ts";
import { decompose } from "../../engine/analysis/spectrum.ts";
import { truncatedAdapter, truncation } from "../../engine/analysis/truncate.ts";
import { patternValue } from "../../engine/peft/targets.ts";
import { need, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openAdapterAt, openModel } from "../open.ts";
import { result, say, snakeCase } from "../output.ts";
import { refuseAdapterFolder, writeTrained } from "../trained.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const truncateCommand: Command = {
	name: "truncate",
	summary: "reduce an adapter to a lower rank: --adapter DIR --rank N [--rank-pattern JSON] --model M --output-dir D",
	options: { ...MODEL_OPTIONS, rank: "number", "rank-pattern": "text", "output-dir": "text" },
	acceptsSettings: false,
	async run(args) {
		const path = need(args, "adapter");
		const outputDir = need(args, "output-dir");
		const rank = Number(need(args, "rank"));
		const pattern = rankPattern(text(args, "rank-pattern") ?? "{}");
		await refuseAdapterFolder(outputDir);
		const { model, adapter } = await openAdapterAt(path, await openModel(args));
		const modules = truncatableUpdates(adapter, path).map(decompose);
		const paths = modules.map(({ factors }) => factors.path);
		const cut = { rank, ranks: ranksOf(paths, pattern) };
		const report = truncation(adapter, modules, cut);
		await writeTrained(outputDir, model, truncatedAdapter(model, adapter, modules, cut));
		say(`kept ${(100 * report.energy).toFixed(2)} % of the squared norm in ${outputDir}`);
		await result(snakeCase({ outputDir, ...report }));
	},
};

function rankPattern(json: string): Record<string, number> {
	let value: unknown;
	try {
		value = JSON.parse(json);
	} catch {
		value = null;
	}
	const table = typeof value === "object" && value !== null && !Array.isArray(value);
	if (!table || !Object.values(value as object).every((rank) => typeof rank === "number")) {
		throw cliError("usage", {
			what: `--rank-pattern is ${json}, but it must be an object from module pattern to rank`,
			where: "tabtune truncate",
			next: `write --rank-pattern '{"q_proj": 2}'`,
		});
	}
	return value as Record<string, number>;
}

/** The rank of each path by PEFT's patterns: the first pattern that matches the end of the path applies. */
function ranksOf(paths: readonly string[], pattern: Record<string, number>): Record<string, number> {
	const ranks: Record<string, number> = {};
	for (const [key, rank] of Object.entries(pattern)) {
		const found = paths.filter((path) => patternValue({ [key]: 1 }, path, 0) === 1);
		if (found.length === 0) {
			throw cliError("usage", {
				what: `--rank-pattern contains ${key}, which matches no module of the adapter`,
				where: "tabtune truncate",
				next: `use some of ${paths.join(", ")}, or their last parts`,
			});
		}
		for (const path of found) ranks[path] ??= rank;
	}
	return ranks;
}
