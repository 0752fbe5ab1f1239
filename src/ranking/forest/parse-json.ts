import { InvalidModelError } from '../errors.ts';

/** How deep lists and objects may stand in each other. XGBoost's models are 8 deep. */
export const DEPTH_MAX = 64;
/**
 * How much a file may hold, counted so that reading it takes less than 100 MB: a value is 1, and a text, a list, an object
 * or the name of a field is several more. Enough for 700 trees of 256 leaves, or 5,000 of 8.
 */
export const WEIGHT_MAX = 4_000_000;
/** What a text, a list, an object or the name of a field weighs. */
export const OBJECT_WEIGHT = 12;

const [QUOTE, BACKSLASH, COMMA, LETTER_N] = [34, 92, 44, 78];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/**
 * Reads JSON in UTF-8. What it would take to hold it is counted first, because a few megabytes of brackets become a
 * gigabyte of objects. NaN, which is no JSON but which XGBoost before 3.0 writes where a categorical split has no threshold,
 * becomes an empty text.
 * @throws InvalidModelError when it is no JSON, deeper than 64 levels or larger than the limits above.
 */
export function parseJson(bytes: Uint8Array, weightMax = WEIGHT_MAX): unknown {
  const places = weigh(bytes, weightMax);
  try {
    return JSON.parse(new TextDecoder().decode(places.length === 0 ? bytes : withoutNaN(bytes, places)));
  } catch (cause) {
    throw new InvalidModelError('the file is no JSON: it is cut off, damaged or of another format', { cause });
  }
}

/** Says where a name that no JSON has begins, outside of texts. */
function weigh(bytes: Uint8Array, weightMax: number): readonly number[] {
  const places: number[] = [];
  let [weight, depth] = [0, 0];
  for (let index = 0; index < bytes.length; index += 1) {
    switch (bytes[index] as number) {
      case QUOTE:
        weight += OBJECT_WEIGHT;
        index = endOfText(bytes, index);
        break;
      case COMMA:
        weight += 1;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        weight += OBJECT_WEIGHT;
        depth += 1;
        if (depth > DEPTH_MAX) throw new InvalidModelError(`the file is more than ${String(DEPTH_MAX)} levels deep`);
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case LETTER_N:
        places.push(index);
        weight += 1;
        index += 2;
        break;
      default:
    }
    if (weight > weightMax) throw new InvalidModelError('the file holds more values than a model may have');
  }
  return places;
}

function withoutNaN(bytes: Uint8Array, places: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  for (const place of places) {
    if (bytes[place + 1] === 97 && bytes[place + 2] === LETTER_N) copy.set([QUOTE, QUOTE, 32], place);
  }
  return copy;
}

/** Where the text that begins at `start` has its closing quote. */
function endOfText(bytes: Uint8Array, start: number): number {
  let index = start + 1;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return index;
}
