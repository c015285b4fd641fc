// Position of the reader on the Learn page: step, picture and rank. It is part of the URL, so that a link opens at any
// step (workspace/url.ts).
import { create } from "zustand";
import { PICTURE_NAMES, type PictureName, SIZE } from "./demo-image.ts";

export const LEARN_STEPS = [1, 2, 3, 4, 5, 6] as const;
export type LearnStep = (typeof LEARN_STEPS)[number];

export interface LearnState {
	step: LearnStep;
	picture: PictureName;
	/** Rank of the picture's approximation. */
	rank: number;
}

export const useLearn = create<LearnState>()(() => ({ step: 1, picture: "moon", rank: 4 }));

/** "1-moon-4". */
export const learnText = ({ step, picture, rank }: LearnState): string => `${step}-${picture}-${rank}`;

/** The inverse of `learnText`; also accepts the step alone ("3"). Unreadable parts keep their value in `state`. */
export function readLearn(text: string, state: LearnState = useLearn.getState()): LearnState {
	const [step, picture, rank] = text.split("-");
	return {
		step: LEARN_STEPS.find((one) => String(one) === step) ?? state.step,
		picture: PICTURE_NAMES.find((name) => name === picture) ?? state.picture,
		rank: /^\d{1,2}$/.test(rank ?? "") ? Math.min(SIZE, Number(rank)) : state.rank,
	};
}
