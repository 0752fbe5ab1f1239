/** Mark of a moment in the text form: JSON has no dates of its own. */
const DATE_MARK = '$date';

/** A row as JSON text; moments survive the way there and back. */
export function encodeEntity(entity: unknown): string {
  return JSON.stringify(entity, function replaceDate(this: Record<string, unknown>, key, value: unknown) {
    // Date has a toJSON of its own that runs first, so the original is read from the holder.
    const original = this[key];
    return original instanceof Date ? { [DATE_MARK]: original.getTime() } : value;
  });
}

/** The row behind a text made by `encodeEntity`, frozen. @throws SyntaxError when the text is something else. */
export function decodeEntity(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if (DATE_MARK in value && typeof value[DATE_MARK] === 'number') return new Date(value[DATE_MARK]);
    return Object.freeze(value);
  });
}
