// Chinese of rows.en.ts.
import type { Translation } from "./message.ts";
import type { rowsTexts } from "./rows.en.ts";

export const rowsZh: Translation<typeof rowsTexts> = {
	kto: "这些是用于 KTO 的带评分回答（{fields}），暂不支持",
	"kto.next": '请只留下好的回答，并去掉 "{name}"；或把同一 prompt 的回答配成 chosen 和 rejected',
	rating: '"{name}" 是 {value}，既不是 true 也不是 false',
	"rating.next": '如果它不是对回答的评分，请把 "{name}" 改名或去掉',
	rowWeight: '"{name}" 是 {weight}，但行的权重只能是 1（参与训练）或 0（不参与）',
	"rowWeight.next": '请去掉 "{name}"，或把更重要的行重复几遍',
	turnWeight: "{turn}.{name} 是 {value}，但只能是 1 或 true（训练这一轮）、0 或 false（不训练）",
	"turnWeight.next": "请写 0 或 1",
	maskCount: "有 {ids} 个 input_ids 和 {count} 个 {name}",
	"maskCount.next": "请给每个词元一个值",
	maskValues: '"{name}" 不是由 0 和 1 组成的列表',
	attentionHole: "attention_mask 在序列中间有 0",
	"attentionHole.next": "只支持开头或结尾的填充：请在该处把这一行拆成两行",
	positions: "position_ids 不是 0、1、2……",
	"positions.next": "请把打包在一起的序列拆成多行，并去掉 position_ids",
	droppedRole: "{turn} 的角色是“{role}”，对话模板会忽略这一轮",
	"droppedRole.next": "请使用 system、user、assistant 或 tool",
	droppedTurns: "{rows}中，对话模板忽略了角色为“{role}”的轮次",
	unused: "这些字段没有用到：{names}",
	samePairs: "{rows}的 chosen 与 rejected 相同，没有表达偏好，已跳过",
	nothingPreferred: "全部 {rows} 行的 chosen 与 rejected 都相同",
	"nothingPreferred.next": "请给出不同的回答",
	emptyAnswers: "{rows}的回答为空，只训练结束词元",
	surrogates: "{rows}含有不成对的代理项（半个字符），会替换为 U+FFFD",
	overlap: "验证集的 {rows} 行中有 {count} 行也在训练文件里：它们的损失不能反映模型在新数据上的表现",
	pythonList: '"{field}" 是 Python 打印出来的列表，不是 JSON',
	"pythonList.next": "请用 json.dumps 生成，或用 to_json 保存数据",
};
