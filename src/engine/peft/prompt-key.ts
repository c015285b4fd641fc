// The key of the tensor in PEFT's files of prompt tuning, [num_virtual_tokens, token_dim]. A separate file, because a page that
// only trains does not load the readers and writers of those files.
export const PROMPT_KEY = "prompt_embeddings";
