import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { OperatorError } from '../../errors.ts';
import type { SourceRow, TableReader } from './table-reader.ts';

const EXTENSION = '.jsonl';
const BATCH_ROWS = 1000;
/** More names than any table has columns: then they are data. */
const COLUMNS_MAX = 500;

/** What one reading of a file tells. */
interface Scan {
  /** The state of the file that was read. */
  readonly state: string;
  readonly fingerprint: string;
  readonly rowCount: number;
  readonly columns: readonly string[];
}

/**
 * Reads tables from a folder of JSON lines, `<table>.jsonl`: each line an object by column name, or an array in one of
 * the orders that `arrayOrdersOf` knows for the table; the first array of a file decides which. Empty lines are passed
 * over.
 * @throws OperatorError when the folder cannot be read.
 */
export function createFileReader(
  folder: string,
  arrayOrdersOf: (table: string) => readonly (readonly string[])[],
): TableReader {
  const scans = new Map<string, Scan>();
  const pathOf = (table: string): string => join(folder, `${table}${EXTENSION}`);

  const scan = async (table: string): Promise<Scan> => {
    const { mtimeNs, size, ino } = await stat(pathOf(table), { bigint: true });
    const state = `${mtimeNs} ${size} ${ino}`;
    const known = scans.get(table);
    if (known?.state === state) return known;
    const found = { state, ...(await scanFile(pathOf(table), arrayOrdersOf(table))) };
    scans.set(table, found);
    return found;
  };
  return {
    source: 'files',
    location: resolve(folder),
    async tables() {
      const names = await namesIn(folder);
      return names.filter((name) => name.endsWith(EXTENSION)).map((name) => name.slice(0, -EXTENSION.length));
    },
    columns: async (table) => (await scan(table)).columns,
    rowCount: async (table) => (await scan(table)).rowCount,
    fingerprint: async (table) => (await scan(table)).fingerprint,
    stream: (table, columns) => readRows(pathOf(table), columns, () => scan(table)),
    placeOf: (table, line) => `${table}${EXTENSION} line ${line}`,
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new OperatorError(`The folder ${folder} is missing or cannot be read.`, { cause });
  }
}

async function scanFile(path: string, arrayOrders: readonly (readonly string[])[]): Promise<Omit<Scan, 'state'>> {
  const digest = createHash('sha256');
  const names = new Set<string>();
  let rowCount = 0;
  let order: readonly string[] | undefined;
  const input = createReadStream(path);
  input.on('data', (chunk) => digest.update(chunk));
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    rowCount++;
    const row = parseLine(line);
    if (Array.isArray(row)) order ??= orderOf(row.length, arrayOrders, path);
    else if (isObject(row)) for (const name of Object.keys(row)) names.add(name.toLowerCase());
    if (names.size > COLUMNS_MAX) throw new OperatorError(`${path} has more than ${COLUMNS_MAX} columns.`);
  }
  const columns = [...(order ?? []), ...[...names].filter((name) => order?.includes(name) !== true)];
  return { fingerprint: digest.digest('hex'), rowCount, columns };
}

function orderOf(length: number, orders: readonly (readonly string[])[], path: string): readonly string[] {
  const order = orders.find((names) => names.length === length);
  if (order) return order;
  const known = orders.map((names) => `${names.length} (${names.join(', ')})`).join(' or ');
  throw new OperatorError(
    `The arrays in ${path} have ${length} values where ${known} are known. Write objects instead.`,
  );
}

async function* readRows(
  path: string,
  columns: readonly string[],
  scan: () => Promise<Scan>,
): AsyncGenerator<readonly SourceRow[]> {
  const { columns: order } = await scan();
  const arrayLength = { value: undefined as number | undefined };
  let batch: SourceRow[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number++;
    if (line.trim() === '') continue;
    batch.push(rowOf(number, parseLine(line), { columns, order, arrayLength }));
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

interface RowForm {
  readonly columns: readonly string[];
  /** Columns in the order of arrays. */
  readonly order: readonly string[];
  /** Length of the first array: all others have it too. */
  readonly arrayLength: { value: number | undefined };
}

function rowOf(line: number, row: unknown, { columns, order, arrayLength }: RowForm): SourceRow {
  if (Array.isArray(row)) {
    const values: readonly unknown[] = row;
    arrayLength.value ??= values.length;
    if (values.length !== arrayLength.value)
      return { line, problem: `has ${values.length} values instead of ${arrayLength.value}` };
    return { line, values: columns.map((name): unknown => values[order.indexOf(name)]) };
  }
  if (!isObject(row)) return { line, problem: 'is neither a JSON object nor a JSON array' };
  const valueByName = new Map<string, unknown>(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
  return { line, values: columns.map((name) => valueByName.get(name)) };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
