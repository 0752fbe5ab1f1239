import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../errors.ts';
import { readCsv } from './csv-records.ts';
import type { FieldSource, FileMapping, ImportMapping } from './mapping.ts';

/** Columns of the 100K layout, in their order; genres follow in `u.item`. */
const TAB_RATINGS = ['user', 'item', 'rating', 'timestamp'];
/** Columns of a CSV file of movies without a header. */
const CSV_MOVIES = ['item', 'title', 'genres'];
const PIPE_MOVIES = ['item', 'title', 'release date', 'video release date', 'IMDb URL'];
const PIPE_USERS = ['user', 'age', 'gender', 'occupation', 'zip'];
const GENRES = [
  'Unknown',
  'Action',
  'Adventure',
  'Animation',
  "Children's",
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Fantasy',
  'Film-Noir',
  'Horror',
  'Musical',
  'Mystery',
  'Romance',
  'Sci-Fi',
  'Thriller',
  'War',
  'Western',
];
const NO_GENRE = 'Unknown';

/** Names of files and columns that the guides give to the same things, in lower case. */
const RATING_FILES = ['u.data', 'ratings.csv', 'user_ratings.csv'];
const MOVIE_FILES = ['u.item', 'movies.csv', 'titles.csv', 'title.csv'];
const USER_FILES = ['u.user', 'users.csv', 'user.csv'];
const USER = ['userid', 'user_id', 'user', 'id'];
const MOVIE = ['movieid', 'movie_id', 'itemid', 'item_id', 'item', 'id'];
const RATING = ['rating'];
const TIMESTAMP = ['timestamp'];
const TITLE = ['title', 'movie_name', 'movie_title'];
const GENRE = ['genres', 'genre'];
const ZIP = ['zip', 'zip_code', 'zipcode'];

interface Table {
  readonly form: Omit<FileMapping, 'columns'>;
  readonly names: readonly string[];
}

/**
 * The mapping of a folder in one of MovieLens' layouts, or with the guides' tables as CSV files. A movie becomes a
 * product of its first genre, with its decade for a brand and no price; a user a customer; a rating an event.
 * @throws OperatorError when the folder has no ratings or movies, or a file lacks a column.
 */
export async function movieLensMapping(folder: string): Promise<ImportMapping> {
  const names = filesIn(folder);
  const find = (wanted: readonly string[]): string | undefined =>
    wanted.map((name) => names.find((found) => found.toLowerCase() === name)).find((name) => name !== undefined);
  const ratings = find(RATING_FILES);
  const movies = find(MOVIE_FILES);
  const users = find(USER_FILES);
  if (ratings === undefined || movies === undefined) {
    const missing = ratings === undefined ? RATING_FILES : MOVIE_FILES;
    throw new OperatorError(
      `${folder} has no ${missing.join(', no ')}. Give the folder that holds ratings and movies.`,
    );
  }
  return {
    source: 'movielens',
    currency: 'USD',
    region: 'Northeast',
    customersFromEvents: true,
    unlimitedStock: true,
    files: {
      events: ratingsFile(await openTable(join(folder, ratings), TAB_RATINGS)),
      products: moviesFile(await openTable(join(folder, movies), PIPE_MOVIES, CSV_MOVIES)),
      ...(users === undefined ? {} : { customers: usersFile(await openTable(join(folder, users), PIPE_USERS)) }),
    },
  };
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new OperatorError(`The folder ${folder} is missing or cannot be read.`, { cause });
  }
}

/** A file of the old layout has its own delimiter and no header; one of the others may have a header. */
async function openTable(
  path: string,
  positions: readonly string[],
  csvPositions: readonly string[] = positions,
): Promise<Table> {
  const form = { path, delimiter: ',', hasQuotes: true, encoding: 'utf-8', hasHeader: true };
  const old = { ...form, hasQuotes: false, encoding: 'windows-1252', hasHeader: false };
  if (/\.data$/i.test(path)) return { form: { ...old, delimiter: '\t' }, names: positions };
  if (!path.toLowerCase().endsWith('.csv')) return { form: { ...old, delimiter: '|' }, names: positions };
  const first = await firstRow(path);
  if (first.some((cell) => /^[a-z_ ]+$/i.test(cell.trim())) && !/^\d+$/.test(first[0]?.trim() ?? ''))
    return { form, names: first };
  return { form: { ...form, hasHeader: false }, names: csvPositions };
}

async function firstRow(path: string): Promise<readonly string[]> {
  for await (const { records } of readCsv({ path, delimiter: ',', hasQuotes: true, encoding: 'utf-8' })) {
    for (const record of records) if ('cells' in record) return record.cells;
  }
  throw new OperatorError(`${path} is empty.`);
}

/** The place of the first column that has one of the names, from 1. */
function placeOf({ names }: Table, wanted: readonly string[]): number | undefined {
  const lower = names.map((name) => name.trim().toLowerCase());
  const found = wanted.map((name) => lower.indexOf(name)).find((index) => index >= 0);
  return found === undefined ? undefined : found + 1;
}

function column(table: Table, wanted: readonly string[], more: FieldSource = {}): FieldSource {
  const place = placeOf(table, wanted);
  if (place !== undefined) return { ...more, column: table.form.hasHeader ? table.names[place - 1] : place };
  const { path } = table.form;
  throw new OperatorError(`${path} has no column ${wanted.join(' or ')}; it has ${table.names.join(', ')}.`);
}

function ratingsFile(table: Table): FileMapping {
  const columns = {
    customer_id: column(table, USER),
    product_id: column(table, MOVIE),
    value: column(table, RATING),
    occurred_at: column(table, TIMESTAMP),
    event_type: { value: 'rating' },
  };
  return { ...table.form, columns };
}

function moviesFile(table: Table): FileMapping {
  const genre = genreReader(table);
  const title = (placeOf(table, TITLE) ?? 1) - 1;
  const release = table.names.indexOf('release date');
  const columns = {
    product_id: column(table, MOVIE),
    product_name: column(table, TITLE),
    brand: { compute: (cells: readonly string[]) => decadeOf(cells[title] ?? '', cells[release] ?? '') },
    category_id: {
      compute: (cells: readonly string[]) =>
        `genre-${genre(cells)
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')}`,
    },
    category_name: { compute: genre },
    department: { value: 'Movies' },
    price: { value: '0' },
    product_tier: { value: 'mid_range' },
  };
  return { ...table.form, columns };
}

function genreReader(table: Table): (cells: readonly string[]) => string {
  if (table.form.delimiter === '|') {
    return (cells) => GENRES[cells.indexOf('1', PIPE_MOVIES.length) - PIPE_MOVIES.length] ?? NO_GENRE;
  }
  const place = placeOf(table, GENRE);
  return (cells) => {
    const first = (cells[(place ?? 0) - 1] ?? '').split('|', 1)[0]?.trim() ?? '';
    return first === '' || first.startsWith('(') ? NO_GENRE : first;
  };
}

/** From the year at the end of a title, `Heat (1995)`, or else of the day of release, `01-Jan-1995`. */
function decadeOf(title: string, release: string): string {
  const [, year = ''] = /\((\d{4})[^()]*\)\s*$/.exec(title) ?? /-(\d{4})$/.exec(release) ?? [];
  return year === '' ? NO_GENRE : `${year.slice(0, 3)}0s`;
}

function usersFile(table: Table): FileMapping {
  const optional = (field: string, names: readonly string[]): Record<string, FieldSource> =>
    placeOf(table, names) === undefined ? {} : { [field]: column(table, names) };
  const columns = { customer_id: column(table, USER), ...optional('age', ['age']), ...optional('zip_code', ZIP) };
  return { ...table.form, columns };
}
