// Messages of races, comparisons of methods, merge studies, scores and the TRL export.
import { messagesOf } from "./message.ts";

export const studyTexts = {
	exportTrl: "a run with {setting} cannot be exported to TRL",
	settingValue: "{name} {value}",
	"exportTrl.next": "export a run with plain LoRA or DoRA, without packing",
	mergeModules: "the merge study supports LoRA and DoRA on the linear modules of the layers only",
	theAdapter: "the adapter",
	"mergeModules.next": "merge this adapter, and measure the merged model with evaluate",
	noMethod: 'there is no method "{name}"',
	"noMethod.next": 'did you mean "{nearest}"? The methods are {names}',
	adaptersAtOnce: "{count} adapters are asked at once; one batch supports 1 to {most}",
	"adaptersAtOnce.next": "ask some now and the others afterwards",
	headAdapter: "an adapter of {path} cannot be batched with others",
	"headAdapter.next": "ask it separately",
	raceSize: "a race supports 1 to {most} ranks, but {count} are given",
	"raceSize.next": "race some ranks now and the others afterwards",
	raceLists: "there are {ranks} ranks, but {count} {name}",
	"raceLists.next": "give one for each rank, or none",
	raceTwice: "rank {rank} is in the race twice",
	"raceTwice.next": "name each rank once",
	raceSeeds: 'the seeds are "{seeds}"',
	"raceSeeds.next": "give whole numbers separated by commas, each once: 1,2,3",
	rank: "rank {rank}",
	raceMemory:
		"{count} ranks would take {size} MiB of GPU memory; this device allows {room} MiB in total and {tensor} MiB per tensor",
	theRace: "the race",
	"raceMemory.none": "lower per_device_train_batch_size or max_length: not even one rank fits",
	"raceMemory.next":
		"race the ranks {ranks} together and the others afterwards, or lower per_device_train_batch_size or max_length",
	racePairs: "the rows are preference pairs, which a race does not train on",
	trainingRows: "the training rows",
	"racePairs.next": "train ranks one after another, or race on rows with one answer each",
	noQuestions: "no row asks a question: the rows are texts without an answer",
	rowsToScore: "the rows to score",
	"noQuestions.next": "give rows with a prompt and a completion, or conversations",
} as const;

export const studyMessage = messagesOf("study", studyTexts);
