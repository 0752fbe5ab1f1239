import { badRequest, type RestError } from './rest-error.ts';

/** A checked call of `/recommend`. */
export interface RecommendCall {
  /** Digits. */
  readonly customerId: string;
  /** As given: the answer repeats it. */
  readonly zipCode: string;
  /** Length of the list. */
  readonly topN: number;
}

/** Regions of the schema by half the first digit of a zip code. */
const REGIONS = ['NORTHEAST', 'SOUTHEAST', 'MIDWEST', 'SOUTH', 'WEST'] as const;

const CUSTOMER_ID = /^(0|[1-9]\d{0,17})$/;
const TOP_N_MAX = 50;

/** The region of a zip code: its first digit decides, anything else is the Northeast, as in the replaced service. */
export function regionOfZipCode(zipCode: string): (typeof REGIONS)[number] {
  const digit = /^\d/.exec(zipCode)?.[0];
  return REGIONS[Math.floor(Number(digit ?? 0) / 2)] ?? 'NORTHEAST';
}

/**
 * Reads a call from a query string or a JSON object.
 * @throws RestError, status 400, naming the field.
 */
export function readRecommendCall(fields: Readonly<Record<string, unknown>>): RecommendCall {
  return {
    customerId: readCustomerId(fields['customer_id']),
    zipCode: readZipCode(fields['zip_code'] ?? '10001'),
    topN: readTopN(fields['top_n'] ?? 5),
  };
}

/**
 * Reads the arguments of an envelope's row: an object, the same as JSON text, an object that holds the call one level
 * down, or the three values one by one.
 * @throws RestError, status 400, saying what is wrong with the row.
 */
export function readRowCall(args: readonly unknown[]): RecommendCall {
  const [first, zipCode, topN] = args;
  const parsed = typeof first === 'string' && first.trimStart().startsWith('{') ? parseJson(first) : first;
  if (!isObject(parsed)) return readRecommendCall({ customer_id: parsed, zip_code: zipCode, top_n: topN });
  if ('customer_id' in parsed) return readRecommendCall(parsed);
  const nested = Object.values(parsed).find((value) => isObject(value) && 'customer_id' in value);
  return readRecommendCall(isObject(nested) ? nested : parsed);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('The row’s argument is not JSON.');
  }
}

function readCustomerId(value: unknown): string {
  const digits = wholeNumberText(value);
  if (digits === undefined || !CUSTOMER_ID.test(digits)) throw wrongField('customer_id', 'a whole number from 0');
  return digits;
}

function readZipCode(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw wrongField('zip_code', 'a text');
}

function readTopN(value: unknown): number {
  const topN = Number(wholeNumberText(value));
  if (!(topN >= 1 && topN <= TOP_N_MAX)) throw wrongField('top_n', `a whole number from 1 to ${String(TOP_N_MAX)}`);
  return topN;
}

/** Numbers beyond 2^53 lose digits in JSON; as text they keep them. */
function wholeNumberText(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && /^\d+$/.test(value) ? value : undefined;
}

function wrongField(name: string, wanted: string): RestError {
  return badRequest(`${name} must be ${wanted}.`);
}
