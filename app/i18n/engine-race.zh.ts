// What the engine says of races, in Chinese; how it works: engine.zh.ts.

export const engineRace: Readonly<Record<string, string>> = {
	"only plain LoRA adapters of the layers, rsLoRA and LoRA+ among them, go side by side over one base":
		"能在同一基座上并排的只有普通 LoRA 适配器，包括 rsLoRA 和 LoRA+",
	"leave the others out, or train and ask them one after another": "请去掉其余的，或者一个接一个地训练和提问",
	"the race": "竞赛",
	"a race has 1 to {0} lanes, {1} are asked for": "一场竞赛有 1 到 {0} 条赛道，这里要了 {1} 条",
	"race some ranks now and the others after": "请先让一部分秩参赛，其余的下一场再赛",
	"there are {0} ranks and {1} {2}": "有 {0} 个秩，却有 {1} 个 {2}",
	"give one for each rank, or leave them out": "请给每个秩各写一个，或都不写",
	"rank {0} is in the race twice": "秩 {0} 写了两次",
	'the seeds are "{0}"': '种子写成了 "{0}"',
	"give whole numbers with commas, each once: 1,2,3": "请写用逗号隔开的整数，每个只写一次：1,2,3",
	"name each rank once": "每个秩请只写一次",
	"{0} lanes would take {1} MiB of GPU memory, this device has room for {2}, and {3} for one tensor":
		"{0} 条赛道需要 {1} MiB 显存；这台设备总共容得下 {2}，单个张量容得下 {3}",
	"lower per_device_train_batch_size or max_length: not one lane fits":
		"请调低 per_device_train_batch_size 或 max_length：连一条赛道都放不下",
	"race the ranks {0} together and the others after, or lower per_device_train_batch_size or max_length":
		"请让秩 {0} 一起比赛，其余的之后再赛；或调低 per_device_train_batch_size 或 max_length",
};
