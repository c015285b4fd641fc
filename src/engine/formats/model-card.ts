// README.md of an adapter: the front matter the Hub reads (peft/peft_model.py, create_or_update_model_card) and how to
// load the adapter in Python.
import type { LoraConfig } from "./peft-config.ts";

export function modelCard(config: LoraConfig): string {
	const base = config.base_model_name_or_path;
	const names = config.target_modules ?? [];
	const tags = ["lora", "tabtune", "transformers"];
	// A JSON string is a YAML scalar, whatever stands in it.
	if (base !== null) tags.unshift(JSON.stringify(`base_model:adapter:${base}`));
	const front = [
		...(base === null ? [] : [`base_model: ${JSON.stringify(base)}`]),
		"library_name: peft",
		"pipeline_tag: text-generation",
		"tags:",
		...tags.map((tag) => `- ${tag}`),
	];
	return `---
${front.join("\n")}
---

# LoRA adapter for ${base ?? "its base model"}

Trained with TabTune. Rank ${config.r}, lora_alpha ${config.lora_alpha}${config.use_rslora ? " (rank-stabilised)" : ""}, target modules: ${typeof names === "string" ? names : names.join(", ")}.

\`\`\`python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(${JSON.stringify(base ?? "path/to/the/base")})
model = PeftModel.from_pretrained(model, "path/to/this/folder")
\`\`\`
`;
}
