/** What a card of the vault has to tell once a step is over. */
export interface VaultNotice {
  readonly tone: 'calm' | 'danger' | 'success';
  readonly title: string;
  readonly text: string;
}

/** For who left before the code was typed back. */
export const CODE_WAS_LEFT: VaultNotice = {
  tone: 'calm',
  title: "The code you saw last doesn't count",
  text: 'You left before it was typed back. Throw it away if you kept it. A code from before is as good as it was.',
};

/** For who typed it back and left before it was known what came of it. */
export const CODE_MAY_COUNT: VaultNotice = {
  tone: 'calm',
  title: 'The code you saw last may count',
  text: 'You left before we could tell. Keep that code, and the one from before, until you have made another that counts.',
};

/** For who typed it back after another device was first. */
export const CODE_IS_VOID: VaultNotice = {
  tone: 'danger',
  title: 'Changed somewhere else',
  text: "Your vault was changed on another device or in another tab first. The code that was shown here doesn't count: throw it away, and make a new one if you still want it.",
};

export const ZERO_KNOWLEDGE_IS_VOID: VaultNotice = {
  tone: 'danger',
  title: 'Changed somewhere else',
  text: "Your vault was changed on another device or in another tab first. Zero knowledge wasn't turned on from here. Make a new code to be sure which one counts.",
};

/** How many notes are as the sentence goes on to say. */
export function countNotes(count: number): string {
  return count === 1 ? '1 note is' : `${count} notes are`;
}
