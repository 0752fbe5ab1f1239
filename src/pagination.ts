import { BadUserInputError } from './errors.ts';

/** One page of a list, in the shape of a GraphQL connection. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** An opaque cursor: the sort values of a row, sealed with the name of the list that they order. */
export function encodeCursor(list: string, values: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

/**
 * The sort values inside a cursor; null for no cursor.
 * @param patterns What each value has to look like, so that nothing malformed reaches a statement.
 * @throws BadUserInputError naming `argument` when the cursor is not one of this list.
 */
export function decodeCursor(
  argument: string,
  list: string,
  patterns: readonly RegExp[],
  cursor: string | null | undefined,
): readonly string[] | null {
  if (cursor === null || cursor === undefined) return null;
  const parts = parseCursor(cursor);
  const values = parts.slice(1);
  const fits = parts[0] === list && values.length === patterns.length;
  if (!fits || !patterns.every((pattern, index) => pattern.test(values[index] ?? ''))) {
    throw new BadUserInputError(
      argument,
      `is not a cursor of this list. Pass "endCursor" of the page before, unchanged.`,
    );
  }
  return values;
}

function parseCursor(cursor: string): readonly string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : [];
  } catch {
    return [];
  }
}

/** How rows become a page. */
export interface PageOptions<Row> {
  /** Rows on the page; the rows were read with one to spare, which tells whether the list goes on. */
  readonly first: number;
  /** True when the page began behind a cursor. */
  readonly hasPreviousPage: boolean;
  /** The cursor that goes on behind a row. */
  readonly cursorOf: (row: Row) => string;
}

/** The first rows as a connection. */
export function toConnection<Row>(
  rows: readonly Row[],
  { first, hasPreviousPage, cursorOf }: PageOptions<Row>,
): Connection<Row> {
  const edges = rows.slice(0, first).map((row) => ({ cursor: cursorOf(row), node: row }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
