// What the values of settings must be, as a clause after "it".

export const settingsTexts = {
	must: "must be {range}",
	from: "a number from {min}",
	fromTo: "a number from {min} to {max}",
	over: "a number greater than {min}",
	overTo: "a number greater than {min}, at most {max}",
	wholeFromTo: "a whole number from {min} to {max}",
	boolean: "must be true or false",
	choice: "must be one of {options}",
	text: "must be a string or null",
	strings: "must be a list of strings or null",
	numbers: "must be a list of numbers or null",
	modules: 'must be a list of module names, a regular expression, or "all-linear"',
	pattern: 'must be an object from module pattern to number, like {"q_proj": 8}',
	object: 'must be a JSON object, like {"enable_thinking": false}',
	methods: "must be one of {options}, or several joined by +",
	losses: "must be one of {options}, or several losses of DPO joined by +",
	fullAlone: "cannot combine full with other methods",
	init: "must be true, false or one of {options}",
	initNearest: "must be true, false or one of {options} (the nearest is {nearest})",
} as const;
