import { InvalidModelError, UnsupportedModelError } from './errors.ts';
import { FEATURES } from './features.ts';
import { invalid, JsonFields } from './json-fields.ts';

/** Kinds of reasons, named as in the schema. */
export const REASON_CODES = [
  'FAVOURITE_CATEGORY',
  'FAVOURITE_BRAND',
  'USUAL_PRICE',
  'POPULAR_IN_REGION',
  'SIMILAR_CUSTOMERS',
  'RECENT_INTEREST',
  'BOUGHT_BEFORE',
  'CUSTOMER_PROFILE',
] as const;

/** Kind of a reason. */
export type ReasonCode = (typeof REASON_CODES)[number];

/** What a text may be filled with. */
export const PLACEHOLDERS = ['category', 'brand', 'region', 'age'] as const;

/** Name of what a text may be filled with. */
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** How one reason is put into words, and when. */
export interface ReasonTemplate {
  readonly code: ReasonCode;
  /** It counts as much as these features contributed. */
  readonly features: readonly string[];
  /** A sentence to show to a shopper, with placeholders in braces. */
  readonly text: string;
  /** True when the sentence, or that it is said, tells something that only viewers with the right to it may know. */
  readonly personal: boolean;
}

/**
 * Reads the list of templates that stands beside a manifest.
 * @throws InvalidModelError naming the field, UnsupportedModelError naming a feature that is not known.
 */
export function parseReasonTemplates(json: unknown): ReasonTemplate[] {
  if (!Array.isArray(json)) throw invalid('', 'a list of templates', json);
  return json.map((item, index) => {
    const fields = new JsonFields(item, `reasons[${String(index)}]`);
    return {
      code: parseCode(fields),
      features: parseFeatureNames(fields),
      text: parseText(fields),
      personal: parsePersonal(fields),
    };
  });
}

function parseCode(fields: JsonFields): ReasonCode {
  const text = fields.string('code');
  const code = REASON_CODES.find((known) => known === text);
  if (!code) throw invalid(fields.pathOf('code'), `one of ${REASON_CODES.join(', ')}`, text);
  return code;
}

function parseFeatureNames(fields: JsonFields): readonly string[] {
  const names = fields.strings('features');
  const unknown = names.find((name) => !FEATURES.has(name));
  if (unknown !== undefined) throw new UnsupportedModelError(`feature ${unknown}`);
  return names;
}

function parseText(fields: JsonFields): string {
  const text = fields.string('text');
  for (const [, name] of text.matchAll(/\{(\w*)\}/g)) {
    if (PLACEHOLDERS.some((known) => known === name)) continue;
    throw new InvalidModelError(
      `${fields.pathOf('text')} names {${name ?? ''}}, not one of ${PLACEHOLDERS.join(', ')}`,
    );
  }
  return text;
}

function parsePersonal(fields: JsonFields): boolean {
  if (!fields.has('personal')) return false;
  const personal = fields.raw('personal');
  if (typeof personal !== 'boolean') throw invalid(fields.pathOf('personal'), 'true or false', personal);
  return personal;
}
