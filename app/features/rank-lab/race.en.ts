// English texts of the race of ranks.

export const raceEn = {
	"race.title": "Race of ranks",
	"race.intro":
		"Trains several ranks at once on one frozen base, with the rows, steps and order of the Workspace. Each gets the same result as a separate run.",
	"race.choose": "Race settings",
	"race.ranks": "Ranks",
	"race.ranksHelp": "One to eight, separated by commas. alpha is taken from the settings.",
	"race.ranksBad": "One to eight distinct whole numbers from 1, separated by commas.",
	"race.seedsHelp": "One heat per seed. Two or more show the variance; a recommendation needs three or more.",
	"race.start": "Start the race",
	"race.stop": "Stop the race",
	"race.plan": "{n} rank{n|s} at once, {length}; {heats} heat{heats|s}",
	"race.preparing": "Preparing the adapters",
	"race.running": "Heat {heat} of {heats}, seed {seed}: step {step} of {total}",
	"race.retired":
		"r = {rank}, seed {seed} was stopped: its loss was not finite for three steps in a row. The others continue. A lower learning rate may help.",
	"race.chart": "Loss of each rank",
	"race.train": "Training loss",
	"race.heldOut": "Held-out loss",
	"race.plot": "Held-out loss by rank; bars: standard deviation over the seeds",
	"race.plotX": "rank",
	"race.pace": "{n} tokens/s for all ranks together; {memory} of GPU memory",
	"race.open": "Seed {seed}",
	"race.openOf": "Open the run of rank {rank}, seed {seed}",
	"race.samples": "Answers to: {prompt}",
} as const;
