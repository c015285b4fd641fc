// What the engine says of pairs of answers and of training on them, in Chinese; how it works: engine.zh.ts.
export const enginePreference: Record<string, string> = {
	"some rows have a chosen and a rejected answer, others have not": "有些行带有优选和落选的回答，有些没有",
	"put them into two files: pairs are trained by preference, the others by their tokens":
		"请分成两个文件：成对的按偏好训练，其余的按词元训练",
	"the row has a chosen and a rejected answer, and loss_type is nll": "这一行带有优选和落选的回答，而 loss_type 是 nll",
	"set loss_type to auto or sigmoid, or rename chosen to completion to train on the chosen answers alone":
		"请把 loss_type 设为 auto 或 sigmoid；若只想用优选的回答训练，就把 chosen 改名为 completion",
	"loss_type is sigmoid, and the row has no chosen and rejected answer":
		"loss_type 是 sigmoid，而这一行没有优选和落选的回答",
	"give rows with prompt, chosen and rejected, or set loss_type to auto or nll":
		"请给出带 prompt、chosen 和 rejected 的行，或把 loss_type 设为 auto 或 nll",
	"the row is a pair of answers, and packing is on": "这一行是一对回答，而 packing 已打开",
	"set packing to false: each answer of a pair goes through the model by itself":
		"请把 packing 设为 false：一对回答中的每一个都单独经过模型",
	'"chosen" is {0} and "rejected" {1}': '"chosen" 是{0}，"rejected" 是{1}',
	'"prompt" is {0} and the answers are strings': '"prompt" 是{0}，而回答是字符串',
	"make all three strings": "请让三者都是字符串",
	"the two answers share no turn, and there is no prompt": "两个回答没有共同的轮次，也没有 prompt",
	'add "prompt" with what was asked': '请加上 "prompt"，写明问的是什么',
	"the chosen answer and the rejected one are the same": "优选的回答和落选的回答相同",
	"take the row out: it prefers nothing": "请去掉这一行：它没有表达偏好",
	"these are rated answers (prompt, completion, label), for KTO, which is not here so far":
		"这些是带评分的回答（prompt、completion、label），用于 KTO，目前还没有",
	"keep the rows whose label is true, without the label; or pair answers to one prompt as chosen and rejected":
		"请只留下 label 为 true 的行，并去掉 label；或把同一 prompt 的回答配成 chosen 和 rejected",
};
