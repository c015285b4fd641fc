// English texts of the result of a run, loaded with it.
export const resultEn = {
	opened: "Opened from the runs: “{name}”, {when}.",
	contents: "Rows and settings of this run",
	trainedOn: "“{data}”: {rows} row{rows|s} trained, {heldOut} held out; base {model}.",
	adopt: "Use these rows and settings",
	diverged:
		"Diverged: training loss {trainFirst} → {train}. Use a lower learning rate; this adapter is not worth keeping.",
	overfitting:
		"Overfitting: after step {bestStep} held-out loss rose from {best} to {last}, training loss is {train}. Train about {bestStep} steps, or add rows.",
	memorised:
		"Overfitting: the model memorised the rows. Training loss is {train}, but held-out loss {last}. Add rows or train fewer steps.",
	learning: "Learning: held-out loss falls too, {first} → {last}; training loss is {train}.",
	unchanged:
		"No clear change: held-out loss {first} → {last}, training loss {train}. Train more steps or use a higher learning rate.",
	unmeasured:
		"Training loss {trainFirst} → {train}. Without held-out rows nothing shows whether the model learns or memorises.",
	awake: "The screen stays on.",
	events: "Download for TensorBoard",
	stoppedEarly: "Stopped early at step {step} of {total}.",
	best: "Best {metric}: {value} at step {step}.",
	bestLoaded: "The best weights, of step {step}, are in memory.",
	lastLoaded: "The last weights, of step {step}, are in memory.",
	useLast: "Use the last weights, of step {step}",
	useBest: "Use the best weights, of step {step}",
} as const;
