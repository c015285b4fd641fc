// The `push` command: uploads an adapter or a merged model to the Hugging Face Hub, after saying what is sent where.
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import {
	accountOf,
	parseRequest,
	type Repository,
	repositoryOf,
	type UploadFile,
	upload,
	wait,
} from "../../engine/hub/index.ts";
import { formatBytes } from "../../shared/format-bytes.ts";
import { flag, need, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { diskFolder } from "../node-files.ts";
import { result, say } from "../output.ts";
import type { Command } from "./command.ts";

/** Files that programs load a model or an adapter from. Checkpoints, logs and rows stay on this machine. */
const SENT = [
	/^[\w.-]+\.(safetensors|safetensors\.index\.json|gguf|jinja|model)$/,
	/^(config|generation_config|adapter_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|run)\.json$/,
	/^(README\.md|vocab\.txt|merges\.txt|Modelfile|LICENSE(\.\w+)?)$/,
	/^(lora|prompt_tuning|bottleneck)\/(adapter_config\.json|adapter_model\.safetensors|README\.md)$/, // several methods
];
const isSent = (path: string): boolean => SENT.some((pattern) => pattern.test(path));

export const pushCommand: Command = {
	name: "push",
	summary: "upload to the Hub: --folder DIR --repo OWNER/NAME [--branch B --public --yes] (token in HF_TOKEN)",
	options: { folder: "text", repo: "text", branch: "text", public: "flag", yes: "flag", summary: "text" },
	acceptsSettings: false,
	async run(args) {
		const folder = need(args, "folder");
		const repo = need(args, "repo");
		const branch = text(args, "branch") ?? "main";
		const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE } = process.env;
		if (HF_HUB_OFFLINE === "1")
			throw cliError("usage", { what: "HF_HUB_OFFLINE is 1", next: "unset it to send files to the Hub" });
		const { ref, line } = parseRequest(
			{ model: repo, endpoint: HF_ENDPOINT || null, token: HF_TOKEN || null },
			{ fetch, wait, signal: new AbortController().signal },
		);
		if (ref.kind !== "hub" || ref.file !== null || ref.revision !== "main")
			throw cliError("usage", {
				what: `"${repo}" is not the name of a repository`,
				where: "--repo",
				next: "write --repo OWNER/NAME, and --branch B for another branch than main",
			});
		if (line.token === null)
			throw cliError("usage", {
				what: "there is no access token",
				where: "HF_TOKEN",
				next: "create a token with write permission in the settings of your Hub account, and set HF_TOKEN to it",
			});
		const { files, left } = await filesOf(folder, ref.id);
		const account = await accountOf(line);
		const found = await repositoryOf(line, ref.id);
		const url = `${line.endpoint}/${ref.id}`;
		const isPrivate = !flag(args, "public");
		say(plan(found, isPrivate, url, branch, account));
		for (const { path, blob } of files) say(`  ${path}  ${formatBytes(blob.size)}`);
		if (left.length > 0) say(`not sent: ${left.join(", ")}`);
		await confirm(flag(args, "yes"));
		const commit = await upload(line, files, {
			id: ref.id,
			branch,
			private: isPrivate,
			summary: text(args, "summary") ?? "Upload with TabTune",
			onFile: (path) => say(`sending ${path}`),
		});
		await result({ url, commit, files: files.map(({ path }) => path) });
	},
};

function plan({ visibility }: Repository, isPrivate: boolean, url: string, branch: string, account: string): string {
	const repository =
		visibility === null
			? `a new ${isPrivate ? "private" : "public"} repository`
			: `an existing ${visibility} repository`;
	return `${account} sends these files to ${url}, ${repository}, branch ${branch}:`;
}

async function filesOf(path: string, id: string): Promise<{ files: UploadFile[]; left: string[] }> {
	const paths = (await (await diskFolder(path)).list()).filter((name) => !name.startsWith(".")).sort();
	const files: UploadFile[] = [];
	for (const name of paths.filter(isSent)) {
		if ((await stat(join(path, name))).size === 0) continue;
		const blob = await openAsBlob(join(path, name));
		files.push({ path: name, blob: name === "README.md" ? new Blob([hubCard(await blob.text(), id)]) : blob });
	}
	if (!files.some(({ path: name }) => /\.(safetensors|gguf)$/.test(name)))
		throw cliError("model", {
			what: "the folder has neither an adapter nor a model",
			where: path,
			next: "give the --output-dir of train, merge or convert",
		});
	return { files, left: paths.filter((one) => !isSent(one)) };
}

/** The model card with the repository in its example, and without a base that is a folder of this machine. */
function hubCard(card: string, id: string): string {
	const base = /^base_model: "(.*)"$/m.exec(card)?.[1];
	const isLocal = base !== undefined && !/^[\w.-]+(\/[\w.-]+)?$/.test(base);
	const named = card.replaceAll('"path/to/this/folder"', JSON.stringify(id));
	if (!isLocal) return named;
	say(
		`warning: README.md names ${base} as the base, which is not on the Hub: its front matter is sent without base_model`,
	);
	return named.replace(/^base_model: .*\n/m, "").replace(/^- "base_model:.*\n/m, "");
}

/** @throws TabTuneError "usage" unless the person agrees */
async function confirm(yes: boolean): Promise<void> {
	if (yes) return;
	const refused = (what: string) => cliError("usage", { what, next: "add --yes to send them without a question" });
	if (!process.stdin.isTTY) throw refused("nothing was sent: there is no terminal to ask for consent");
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	const answer = await terminal.question("Send them? [y/N] ");
	terminal.close();
	if (!/^y(es)?$/i.test(answer.trim())) throw refused("nothing was sent");
}
