import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitForSqlfluff } from '../scripts/sqlfluff-gaps.ts';
import { startLocalSnowflake, type LocalSnowflake } from './server.ts';

const SETUP = join(import.meta.dirname, '../sql/snowflake/setup');
const read = (file: string) => readFileSync(join(SETUP, file), 'utf8');
const setupFiles = readdirSync(SETUP)
  .filter((file) => /^\d/.test(file))
  .sort();
/** What the local Snowflake alone reads, because sqlfluff cannot. */
const unknown = [...setupFiles, 'teardown.sql'].flatMap((file) =>
  splitForSqlfluff(read(file)).unknown.map((statement) => ({ file, statement })),
);

let server: LocalSnowflake;

beforeAll(async () => {
  server = await startLocalSnowflake();
  for (const file of setupFiles) await server.runScript(read(file));
});

afterAll(() => server.stop());

const run = (statement: string) => server.runScript(statement, { database: 'SNOWGATE', schema: 'GATEWAY' });

/** The statement with a slip of the pen in each word that is none of its names. */
function slips(statement: string): string[] {
  const words = [...statement.matchAll(/\b[A-Z][A-Z_]{2,}\b(?=[^']*(?:'[^']*'[^']*)*$)/g)];
  return words
    .filter(([word]) => !ACCEPTED_AS_NAMES.has(word))
    .map(
      ({ 0: word, index }) =>
        `${statement.slice(0, index)}${word.slice(0, -1)}X${statement.slice(index + word.length)}`,
    );
}

/** In their place any name would do: a family of machines, a type of our own. */
const ACCEPTED_AS_NAMES = new Set(['CPU']);

describe('a slip of the pen where sqlfluff cannot read', () => {
  it.each(unknown)('is refused in $file: $statement', async ({ statement }) => {
    const mistakes = slips(statement);
    expect(mistakes.length).toBeGreaterThan(2);
    const accepted: string[] = [];
    for (const mistake of mistakes) {
      await run(mistake).then(
        () => accepted.push(mistake),
        () => undefined,
      );
    }
    expect(accepted).toEqual([]);
  });

  it('is looked for in each of the files that have such statements', () => {
    expect(new Set(unknown.map(({ file }) => file)).size).toBe(9);
  });
});
