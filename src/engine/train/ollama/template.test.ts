// Chat templates in Go's template language. Ollama evaluates them; the expected texts were written by hand from its documentation.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ChatTemplate } from "../../data/chat-template.ts";
import { ollamaTemplate } from "./template.ts";

const CHATML =
	"{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
const USER = '{{ if eq .Role "user" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n';
const ASSISTANT = '{{ else if eq .Role "assistant" }}<|im_start|>assistant\n{{ .Content }}<|im_end|>\n';
const SYSTEM = '{{ if eq .Role "system" }}<|im_start|>system\n{{ .Content }}<|im_end|>\n{{ else if eq .Role "user" }}';

it.each([
	[
		"ChatML",
		CHATML,
		{},
		`{{ range .Messages }}${SYSTEM}${USER.slice('{{ if eq .Role "user" }}'.length)}${ASSISTANT}{{ end }}{{ end }}<|im_start|>assistant\n`,
	],
	[
		"ChatML with a default system message",
		`{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe kind<|im_end|>\n' }}{% endif %}${CHATML}`,
		{},
		`{{ if not .System }}<|im_start|>system\nBe kind<|im_end|>\n{{ end }}{{ range .Messages }}${SYSTEM}${USER.slice('{{ if eq .Role "user" }}'.length)}${ASSISTANT}{{ end }}{{ end }}<|im_start|>assistant\n`,
	],
	[
		"Mistral's, which has no system message and begins with BOS",
		"{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% elif m['role'] == 'assistant' %}{{ m['content'] + eos_token }}{% else %}{{ raise_exception('no') }}{% endif %}{% endfor %}",
		{ bos_token: "<s>", eos_token: "</s>" },
		'{{ range .Messages }}{{ if eq .Role "user" }}[INST] {{ .Content }} [/INST]{{ else if eq .Role "assistant" }}{{ .Content }}</s>{{ end }}{{ end }}',
	],
])("%s", (_, source, special, text) => {
	expect(ollamaTemplate(new ChatTemplate(source), special)).toBe(text);
});

it("a template that numbers its turns is not described by turns alone", () => {
	const numbered = "{% for m in messages %}{{ loop.index }} {{ m['role'] }}: {{ m['content'] }}\n{% endfor %}";
	expect(ollamaTemplate(new ChatTemplate(numbered), {})).toBeNull();
});

it("the bundled base's template", () => {
	const chat = new ChatTemplate(readFileSync("public/base-model/chat_template.jinja", "utf8"));
	expect(ollamaTemplate(chat, {})).toContain("{{ range .Messages }}");
});
