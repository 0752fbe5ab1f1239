import { BadUserInputError } from '../errors.ts';

/** Ids are whole numbers in text, without sign or leading zeros, of at most 18 digits. */
const ID = /^(0|[1-9]\d{0,17})$/;
const DECIMAL = /^\d{1,10}(\.\d{1,2})?$/;

/** Most ids that one list argument may hold. */
const IDS_MAX = 100;

/** The id itself. @throws BadUserInputError naming `argument`. */
export function requireId(argument: string, id: string): string {
  if (!ID.test(id))
    throw new BadUserInputError(argument, 'must be an id: a whole number in text of at most 18 digits.');
  return id;
}

/** The ids themselves. @throws BadUserInputError naming `argument` and the place of the first wrong one. */
export function requireIds(argument: string, ids: readonly string[], idsMax = IDS_MAX): readonly string[] {
  if (ids.length > idsMax) {
    throw new BadUserInputError(argument, `holds ${String(ids.length)} ids; at most ${String(idsMax)} are allowed.`);
  }
  for (const [index, id] of ids.entries()) requireId(`${argument}[${String(index)}]`, id);
  return ids;
}

/** The number itself. @throws BadUserInputError naming `argument` and the range. */
export function requireInRange(argument: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max)) {
    throw new BadUserInputError(argument, `is ${String(value)}; it must be from ${String(min)} to ${String(max)}.`);
  }
  return value;
}

/** The number, or null where none was given. @throws BadUserInputError naming `argument` and the range. */
export function optionalInRange(
  argument: string,
  value: number | null | undefined,
  min: number,
  max: number,
): number | null {
  return value === null || value === undefined ? null : requireInRange(argument, value, min, max);
}

/** The amount as text, or null where none was given. @throws BadUserInputError naming `argument`. */
export function optionalDecimal(argument: string, amount: string | null | undefined): string | null {
  if (amount === null || amount === undefined) return null;
  if (!DECIMAL.test(amount)) {
    throw new BadUserInputError(argument, 'must be a decimal number from 0 with at most 2 decimals, as text: "19.90".');
  }
  return amount;
}

/** The texts, or null where none were given. @throws BadUserInputError naming `argument` when one is too long. */
export function optionalTexts(argument: string, texts: readonly string[] | null | undefined): readonly string[] | null {
  if (texts === null || texts === undefined) return null;
  requireInRange(`${argument}.length`, texts.length, 0, IDS_MAX);
  for (const [index, text] of texts.entries()) requireText(`${argument}[${String(index)}]`, text, 1, 100);
  return texts;
}

/** The text itself. @throws BadUserInputError naming `argument` when its length or a control character is not allowed. */
export function requireText(argument: string, text: string, min: number, max: number): string {
  if (text.length < min || text.length > max) {
    throw new BadUserInputError(argument, `must have ${String(min)} to ${String(max)} characters.`);
  }
  // Postgres text cannot hold a zero byte, and no name has a control character.
  if (/\p{Cc}/u.test(text)) throw new BadUserInputError(argument, 'holds a control character.');
  return text;
}
