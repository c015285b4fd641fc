// The Learn page in English. Its words come with its code, when it is opened; chips, buttons and panels of other parts keep
// theirs in app/i18n.

export const wordsEn = {
	title: "What a low-rank update is",
	intro:
		"Six steps, each with something to drag or to train on the model in this tab. The address carries the step: send it to a class.",
	steps: "Steps",
	back: "Back",
	next: "Next",
	step1: "A matrix of few numbers",
	step2: "Why the base stays frozen",
	step3: "What is stored",
	step4: "Train one",
	step5: "Merged or beside",
	step6: "When rank 1 is enough",
	sources: "Sources",

	picture1:
		"A layer of the model multiplies by a matrix W. LoRA leaves W as it is and adds a second matrix made of two thin ones: W' = W + s·B·A. B has r columns and A has r rows, and r is the rank. The scale s is lora_alpha / r.",
	picture2:
		"A picture is a matrix too, one number a dot. Drag the rank: the right picture is the best that r columns times r rows can do.",
	pictureChoice: "Picture",
	stripes: "Stripes",
	moon: "Moon",
	noise: "Noise",
	rank: "Rank r",
	original: "The matrix, {size} × {size}",
	approximation: "B·A of rank {r}",
	pictureNumbers: "{few} numbers instead of {all}: r (m + n) against m · n.",
	pictureMore: "{few} numbers, more than the {all} of the matrix itself: here a low rank no longer saves anything.",
	pictureError: "Error left: {error} % of the matrix (Frobenius norm).",
	pictureWhy:
		"No matrix of rank r comes closer: the error is the root of the sum of the squares of the singular values left out (Eckart and Young 1936). Stripes are exactly of rank 2. Noise needs them all: behind the first, its mean grey, its singular values fall slowly.",

	cost1:
		"Training needs more than the weights: a gradient for every number that changes, and two running means of it for AdamW, each four bytes. A frozen number needs none of them.",
	cost2:
		"LoRA changes A and B alone. B starts at zero, so B·A is zero and the model begins as exactly the base (LoRA, section 4.1).",
	costTable: "The model in this tab, from its real shapes",
	costLora: "LoRA, r = {r}",
	costFull: "All weights",
	costTrained: "Numbers that change",
	costGradients: "Gradients",
	costMoments: "AdamW's means",
	costShare: "LoRA keeps {share} of what full fine-tuning keeps for training.",
	costNone: "No model is loaded yet.",

	stored1:
		"What you take away are A and B of every adapted matrix. The base lies on the disk once, whatever the number of adapters.",
	storedSize: "The adapter: {adapter}. The base: {base}.",
	storedMany: "{n} adapters of this rank take as much room as one base.",
	storedOwn: "The adapter in memory now: {name}, rank {r}, {size}.",
	storedNone: "There is no adapter in memory yet; the next step trains one.",

	train1:
		"A short run on the set that is chosen in the Workspace. Choose a rank, press Start and watch the loss; below, the model answers as it learns.",
	train2:
		"The loss is the mean of −log p of the words it should have said. Rows that are held out show whether it learnt the manner or only the rows.",
	trainSteps: "Steps",
	trainSet: "Set: {name}",

	merge1:
		"W'·x = W·x + s·B·(A·x). The right side is the adapter beside the base: nothing of W changes, and adapters can be exchanged. The left side is merged: the sum is made once, and an answer costs what the base's costs (LoRA, section 4.1).",
	merge2:
		"Measure both on this device. Then drag the adapter's strength in Compare: 0 is the base, 1 what was trained.",
	mergeMeasure: "Measure",
	mergeMeasuring: "Measuring",
	mergeBase: "Base",
	mergeBeside: "Adapter beside it",
	mergeMerged: "Merged",
	mergeUnit: "{ms} ms a token",
	mergeSwitch: "Another adapter of this shape is in place after {ms} ms.",
	mergeNot: "cannot be merged",
	mergeNone: "There is no adapter in memory yet. Train one in the step before.",

	enough1:
		"The LoRA paper found ranks of 1 and 2 to do nearly as well as 64 on its tasks (section 7.2): fine-tuning moves a model along few directions (Aghajanyan and others 2020). Look at yours: cut the adapter to a lower rank, and see its held-out loss and answer follow.",
	enough2:
		"It is not always so. What the base knows nothing of, a new language or long facts, wants more directions; with a higher rank the learning rate may have to change too, for s shrinks as r grows (rsLoRA). A matrix without structure needs every rank:",
	enoughNoise: "See the noise",
	enoughNone: "There is no adapter in memory yet. Train one in step 4.",
} as const;
