// Regular expressions from files and links that cannot be matched within bounds.

export const regexpTexts = {
	slow: "the regular expression {pattern} takes too long to match",
	"slow.next": "simplify it: repeat no group that is itself a repetition, as in (a+)+",
	large: "the regular expression {pattern} is too large",
	"large.next": "use a shorter expression",
} as const;
