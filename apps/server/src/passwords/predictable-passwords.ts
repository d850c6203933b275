/** Longer ones cost an attacker who tries patterns more than they are worth. */
const LONGEST_PATTERN = 16;
const LONGEST_UNIT = 4;

/**
 * Whether a short password repeats one unit of up to four characters (`12341234`), or runs through the
 * alphabet or the digits (`abcdefgh`, `9876543210`): what attackers try before any list. Only passwords of
 * Latin letters and digits are looked at.
 */
export function isPredictablePassword(password: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  if (plain.length > LONGEST_PATTERN || !/^[a-z0-9]+$/.test(plain)) return false;
  const characters = [...plain];
  return isRepetition(characters) || isRun(characters);
}

function isRepetition(characters: readonly string[]): boolean {
  for (let unit = 1; unit <= LONGEST_UNIT && unit * 2 <= characters.length; unit += 1) {
    if (characters.every((character, at) => character === characters[at % unit])) return true;
  }
  return false;
}

/** 0 follows 9, and 9 follows 0 in the other direction. */
function isRun(characters: readonly string[]): boolean {
  const codes = characters.map((character) => character.codePointAt(0) ?? 0);
  return [1, -1].some((step) =>
    codes.every((code, at) => {
      const before = codes[at - 1];
      return before === undefined || code - before === step || code - before === -9 * step;
    }),
  );
}
