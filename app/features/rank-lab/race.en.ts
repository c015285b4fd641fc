// The race of ranks, in English.

export const raceEn = {
	"race.title": "Race of ranks",
	"race.intro":
		"Several ranks train at once over one frozen base, on the rows, steps and order of the Workspace. Each learns exactly what a run of its own would learn.",
	"race.choose": "What to race",
	"race.ranks": "Ranks",
	"race.ranksHelp": "One to eight, with commas. alpha stays as it is in the settings.",
	"race.ranksBad": "One to eight whole numbers from 1, each once, with commas.",
	"race.seedsHelp": "A heat for each seed. Two or more show how far chance goes; only then can a rank be advised.",
	"race.start": "Start the race",
	"race.stop": "Stop the race",
	"race.plan": "{lanes} ranks at once, {steps} steps, heats: {heats}",
	"race.preparing": "Preparing the lanes",
	"race.running": "Heat {heat} of {heats}, seed {seed}: step {step} of {total}",
	"race.retired":
		"r = {rank}, seed {seed} is retired: three steps in a row gave no finite numbers. The others go on. A lower learning rate would help it.",
	"race.chart": "Loss of every lane",
	"race.train": "Training loss",
	"race.heldOut": "Held-out loss",
	"race.plot": "Held-out loss against rank, bars: standard deviation over the seeds",
	"race.plotX": "rank",
	"race.pace": "{n} tokens/s, all lanes together; {memory} of GPU memory",
	"race.open": "Seed {seed}",
	"race.openOf": "Open the run of rank {rank}, seed {seed}",
	"race.samples": "What each rank says to: {prompt}",
} as const;
