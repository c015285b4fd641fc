// English texts of the Learn page, loaded with it.
export const learnEn = {
	title: "What a low-rank update is",
	intro:
		"Six steps, each with something to drag or to train on the model in this tab. The URL contains the step, so that you can send it to a class.",
	steps: "Steps",
	back: "Back",
	next: "Next",
	step1: "A matrix from few numbers",
	step2: "Why the base stays frozen",
	step3: "What is stored",
	step4: "Train one",
	step5: "Merged or unmerged",
	step6: "When rank 1 is enough",
	sources: "Sources:",

	picture1:
		"A layer of the model multiplies by a matrix W. LoRA keeps W frozen and adds the product of two thin matrices: W' = W + s·B·A. B has r columns and A has r rows; r is the rank. The scale s is lora_alpha / r.",
	picture2:
		"A picture is a matrix too, one number per pixel. Drag the rank: the right picture is the best approximation with r columns times r rows.",
	pictureChoice: "Picture",
	stripes: "Stripes",
	moon: "Moon",
	noise: "Noise",
	rank: "Rank r",
	original: "The matrix, {size} × {size}",
	approximation: "B·A of rank {r}",
	pictureNumbers: "{few} numbers instead of {all}: r (m + n) compared with m · n.",
	pictureMore: "{few} numbers, more than the {all} of the matrix itself: at this rank nothing is saved.",
	pictureError: "Remaining error: {error}% of the matrix (Frobenius norm).",
	pictureWhy:
		"No matrix of rank r is closer: the error is the square root of the sum of the squares of the discarded singular values (Eckart and Young 1936). Stripes have exactly rank 2. Noise needs every rank: after the first, its mean grey, its singular values fall slowly.",

	cost1:
		"Training needs more than the weights: a gradient for every trainable parameter and two running averages for AdamW, four bytes each. Frozen parameters need none of them.",
	cost2:
		"LoRA changes only A and B. B starts at zero, so B·A is zero and training starts from exactly the base model (LoRA, section 4.1).",
	costTable: "The model in this tab",
	costLora: "LoRA, r = {r}",
	costFull: "All weights",
	costTrained: "Trainable parameters",
	costGradients: "Gradients",
	costMoments: "AdamW state",
	costShare: "LoRA needs {share}% of the training memory of full fine-tuning.",
	costNone: "No model is loaded yet.",

	stored1: "The adapter is A and B of every adapted matrix. The base is stored once, however many adapters there are.",
	storedSize: "Weights of the adapter: {adapter}. The base: {base}.",
	storedMany: "{n} adapter{n|s} of this rank take up as much space as one base.",
	storedOwn: "The adapter in memory now: {name}, {size}.",
	storedNone: "There is no adapter in memory yet; the next step trains one.",

	train1:
		"A short run on the set selected in the Workspace. Choose a rank, press Start and watch the loss; the model's answers appear below during training.",
	train2:
		"The loss is the mean of −log p over the target tokens. Held-out rows show whether the model learns the style or memorises the rows.",
	trainSteps: "Steps",
	trainSet: "Set: {name}",

	merge1:
		"W'·x = W·x + s·B·(A·x). On the right, the adapter is unmerged: W is unchanged and adapters can be switched. On the left, it is merged: the sum is computed once, and inference costs the same as for the base (LoRA, section 4.1).",
	merge2:
		"Measure both on this device. Then drag the adapter strength in Compare: 0 is the base, 1 the adapter as trained.",
	mergeMeasure: "Measure",
	mergeMeasuring: "Measuring",
	mergeBase: "Base",
	mergeBeside: "Unmerged adapter",
	mergeMerged: "Merged",
	mergeUnit: "{ms} ms per token",
	mergeSwitch: "Switching to another adapter of this shape takes {ms} ms.",
	mergeNot: "cannot be merged",
	mergeNone: "There is no adapter in memory yet. Train one in the previous step.",

	enough1:
		"In the LoRA paper, ranks of 1 and 2 did nearly as well as 64 on its tasks (section 7.2): fine-tuning moves a model along few directions (Aghajanyan et al. 2020). Try it on yours: reduce the adapter's rank and compare its held-out loss and answer.",
	enough2:
		"This does not always hold. Content that the base does not know, such as a new language or many facts, needs more directions. At a higher rank the learning rate may have to change too, because s shrinks as r grows (rsLoRA). A matrix without structure needs every rank:",
	enoughNoise: "Show the noise",
	enoughNoLora: "The adapter in memory has no low-rank update. Train one with LoRA in step 4.",
	enoughNone: "There is no adapter in memory yet. Train one in step 4.",
} as const;
