/**
 * What people, keyboards and programs put into a code: spaces, dashes of any kind (the katakana length mark is
 * where Japanese keyboards have the hyphen), invisible characters and marks, and the blank of Braille.
 */
const SEPARATORS = /[\s\p{Dash}\p{Default_Ignorable_Code_Point}\p{Format}\u30fc\u2800]/gu;
/** A full stop of a sentence that ended with the code. */
const FINAL_STOPS = /[.\u3002\u06d4]+$/u;
const DIGIT = /\p{Decimal_Number}/u;

/**
 * A code however it was typed, pasted or dictated, in the form in which it is compared: without separators
 * and a final dot, with plain letters and with the digits 0 to 9 of whatever script. Changes no ASCII letter
 * or digit. Pure.
 */
export function normalizeTypedCode(text: string): string {
  return text
    .normalize('NFKC')
    .replace(SEPARATORS, '')
    .replace(FINAL_STOPS, '')
    .replace(/\p{Decimal_Number}/gu, toAsciiDigit);
}

/** Each script's ten digits stand in a row (Unicode, section 4.6), perhaps after those of another. */
function toAsciiDigit(digit: string): string {
  const codePoint = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (DIGIT.test(String.fromCodePoint(codePoint - value - 1))) value += 1;
  return String(value % 10);
}
