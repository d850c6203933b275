/** What a card of the vault has to say once a step is over. */
export interface VaultNotice {
  readonly tone: 'calm' | 'danger' | 'success';
  readonly title: string;
  readonly text: string;
}

/** For somebody who left before confirming the code. */
export const CODE_IS_INACTIVE: VaultNotice = {
  tone: 'calm',
  title: "The last code you saw isn't active",
  text: 'You left before you confirmed it. If you kept it, throw it away. Any earlier code still works.',
};

/** For somebody who confirmed it and left before the outcome was known. */
export const CODE_MAY_BE_ACTIVE: VaultNotice = {
  tone: 'calm',
  title: 'The last code you saw may be active',
  text: 'You left before we could tell. Keep that code and the one before it until you have confirmed another.',
};

/** For somebody who confirmed it after another device was first. */
export const CODE_IS_VOID: VaultNotice = {
  tone: 'danger',
  title: 'Changed elsewhere',
  text: "Your vault was changed on another device or in another tab first. The code shown here isn't active: throw it away, and create a new one if you still want one.",
};

/** For somebody who turned on zero knowledge after another device was first. */
export const ZERO_KNOWLEDGE_IS_VOID: VaultNotice = {
  tone: 'danger',
  title: 'Changed elsewhere',
  text: "Your vault was changed on another device or in another tab first. Zero knowledge wasn't turned on from here. Create a new code to be sure which one is active.",
};
