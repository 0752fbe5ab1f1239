/** Rows by key, at most one each. @throws Error when two rows claim one key: a statement that breaks its promise. */
export function indexByKey<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row> {
  const rowByKey = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    if (rowByKey.has(key)) throw new Error(`Two rows for the key ${key}`);
    rowByKey.set(key, row);
  }
  return rowByKey;
}

/** Rows by key, in their order; a key that is asked for and has no row gets an empty list of its own. */
export function groupByKey<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  keys: readonly string[],
): Map<string, readonly Row[]> {
  const rowsByKey = new Map<string, Row[]>(keys.map((key) => [key, []]));
  for (const row of rows) rowsByKey.get(keyOf(row))?.push(row);
  return rowsByKey;
}
