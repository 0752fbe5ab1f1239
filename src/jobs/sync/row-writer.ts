import { hash } from 'node:crypto';
import { toCopyLine } from '../demo-data/copy-text.ts';
import { ValueError } from './column-type.ts';
import type { PlannedColumn, TablePlan } from './table-plan.ts';

/** Rows and the sum of their hashes: equal for equal rows in any order. */
export interface Content {
  readonly rows: number;
  readonly checksum: bigint;
}

const SEPARATOR = '\u001f';
const HASH_DIGITS = 12;

/** Turns the rows of a source into lines for COPY and adds up what it has written. */
export class RowWriter {
  readonly #columns: readonly PlannedColumn[];
  readonly #indexByColumn: ReadonlyMap<string, number>;
  readonly #asOf: Date;
  #rows = 0;
  #checksum = 0n;
  /** Waits to be added: adding numbers is several times quicker than adding bigints. */
  #sum = 0;

  constructor({ columns }: TablePlan, asOf: Date) {
    this.#columns = columns;
    this.#asOf = asOf;
    this.#indexByColumn = new Map(columns.flatMap((column) => ('from' in column ? [[column.name, column.from]] : [])));
  }

  /**
   * The line of a row.
   * @throws ValueError that names the column; the row is then not counted.
   */
  write(values: readonly unknown[]): string {
    const texts: (string | null)[] = [];
    let canonical = '';
    for (const [index, column] of this.#columns.entries()) {
      const text = this.#textOf(column, values);
      texts.push(text);
      canonical += (index === 0 ? '' : SEPARATOR) + (text === null ? '' : `=${column.type.toCanonical(text)}`);
    }
    this.#count(canonical);
    return toCopyLine(texts);
  }

  get content(): Content {
    return { rows: this.#rows, checksum: this.#checksum + BigInt(this.#sum) };
  }

  #textOf(column: PlannedColumn, values: readonly unknown[]): string | null {
    const valueOf = (name: string): unknown => values[this.#indexByColumn.get(name) ?? -1];
    const value = 'fill' in column ? column.fill(valueOf, this.#asOf) : values[column.from];
    try {
      if (value !== null && value !== undefined) return column.type.toText(value);
      if (!column.isNullable) throw new ValueError('must not be empty');
      return null;
    } catch (error) {
      throw error instanceof ValueError ? new ValueError(`${column.name} ${error.message}`) : error;
    }
  }

  #count(canonical: string): void {
    this.#rows++;
    this.#sum += Number.parseInt(hash('md5', canonical, 'hex').slice(0, HASH_DIGITS), 16);
    if (this.#sum < 2 ** 52) return;
    this.#checksum += BigInt(this.#sum);
    this.#sum = 0;
  }
}

/** SQL that adds up the content of a table in the same way: columns `rows` and `checksum`, as text. */
export function contentSql(table: string, columns: readonly PlannedColumn[]): string {
  const parts = columns.map(({ name, type }) => `coalesce('=' || ${type.canonicalSql(`t.${quoted(name)}`)}, '')`);
  const digits = `substr(md5(concat_ws(chr(${SEPARATOR.charCodeAt(0)}), ${parts.join(', ')})), 1, ${HASH_DIGITS})`;
  return `SELECT count(*)::text AS rows, coalesce(sum(('x' || ${digits})::bit(48)::bigint), 0)::text AS checksum FROM ${table} AS t`;
}

/** A name as SQL has it between quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
