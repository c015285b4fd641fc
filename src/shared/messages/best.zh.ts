// The messages of best.en.ts in Chinese.
import type { bestTexts } from "./best.en.ts";
import type { Translation } from "./message.ts";

export const bestZh: Translation<typeof bestTexts> = {
	noMetric: "设置了 {name}，但没有可比较的指标",
	"noMetric.next": "设置 load_best_model_at_end，或将 metric_for_best_model 设为 eval_loss 或 score，或去掉 {name}",
	noEvaluations: "设置了 {name}，但训练过程中不做评估",
	"noEvaluations.next": "将 eval_steps 设为大于 0 的数，或将 eval_strategy 设为 epoch",
	noSaves: "设置了 load_best_model_at_end，但 save_strategy 为 no：最佳权重和最后的权重要以检查点保存",
	"noSaves.next": "去掉 save_strategy，或设为 best",
	noPatience: "设置了 early_stopping_threshold，但没有设置 early_stopping_patience",
	"noPatience.next": "将 early_stopping_patience 设为评估次数",
	noPattern: "score_metric 为 regex，但没有模式",
	"noPattern.next": "设置 score_pattern",
	patternUnused: "设置了 score_pattern，但 score_metric 不是 regex",
	"patternUnused.next": "将 score_metric 设为 regex，或去掉 score_pattern",
	noHeldOut: "{name} 需要验证集，但没有验证集",
	"noHeldOut.next": "加上验证集（--eval-file），或去掉此设置",
	noPairs: "{name} 是偏好对的指标，但这些数据不是偏好对",
	"noPairs.next": "使用 eval_loss 或 score，或使用含 prompt、chosen、rejected 的数据",
	study: "{name} 只用于单次训练：这里各次训练的步数相同",
	"study.next": "去掉 {name}，或单独训练",
	noScore: "无法给回答评分：模型没有分词器",
	"noScore.next": "使用带 tokenizer.json 的模型，或将 metric_for_best_model 设为 eval_loss",
	withoutLoading: "设置了早停，但没有设置 load_best_model_at_end：训练以最后一步的权重结束",
	lost: "缺少最佳评估（第 {step} 步）的权重：训练以最后一步的权重结束",
};
