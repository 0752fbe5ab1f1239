import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresClient } from '../../src/clients/postgres.ts';
import { importData } from '../../src/jobs/import/import-data.ts';
import { movieLensMapping } from '../../src/jobs/import/movielens.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ROOT_FOLDER, STATEMENTS_FOLDER } from '../support/folders.ts';
import { startGateway } from '../support/gateway.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { MOVIELENS_COUNTS, MOVIELENS_LAYOUTS, writeFolder } from '../support/import-files.ts';

interface Named {
  readonly name: string;
}

interface ReadmeAnswer {
  readonly customer: { readonly recommendations: { readonly items: readonly { readonly product: Named }[] } };
  readonly product: Named & { readonly similar: readonly Named[] };
}

/** What README.md tells to type and to ask. */
async function readReadme(): Promise<{ readonly words: readonly string[]; readonly query: string }> {
  const readme = await readFile(join(ROOT_FOLDER, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('## Your own data'), readme.indexOf('## With Snowflake'));
  const [, command = ''] = /^npm run snowgate -- (import movielens [^#\n]+)/m.exec(section) ?? [];
  const [, query = ''] = /```graphql\n([\s\S]*?)```/.exec(section) ?? [];
  return { words: command.trim().split(/\s+/), query };
}

describe.each(Object.keys(MOVIELENS_LAYOUTS))('import movielens, %s', (layout) => {
  let folder: string;
  let database: TestDatabase;

  beforeAll(async () => {
    folder = await writeFolder(MOVIELENS_LAYOUTS[layout] ?? {});
    database = await createTestDatabase('demo');
  });

  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  it('comes in by the words of the README, and its movies are recommended', async () => {
    const { words, query } = await readReadme();
    expect(words).toContain('ml-100k');
    const { code, stdout } = await startGatewayProcess(
      [...words.map((word) => (word === 'ml-100k' ? folder : word)), '--rejects', join(folder, 'rejects.csv')],
      { DATABASE_URL: database.url },
    ).ended;
    expect(code).toBe(0);
    const { ratings, movies, users } = MOVIELENS_COUNTS;
    expect(stdout).toContain(`products: ${movies} new, 0 changed, 0 rejected`);
    expect(stdout).toContain(`customers: ${users} new, 0 changed, 0 rejected`);
    expect(stdout).toContain(`events: ${ratings} new, 0 changed, 0 rejected`);
    const gateway = await startGateway(database.url);
    try {
      const { data, errors } = await gateway.ask(query);
      const { customer, product } = data as ReadmeAnswer;
      expect(errors).toBeUndefined();
      const names = customer.recommendations.items.map((item) => item.product.name);
      expect(names).toHaveLength(3);
      for (const name of names) expect(name).toMatch(/^Café "Nº \d+", the movie \(19\d\d\)$/);
      expect(product.name).toBe('Café "Nº 1", the movie (1970)');
      // The same people liked the movies of the same genre: those whose number has the same remainder.
      const similar = product.similar.map(({ name }) => Number(/\d+/.exec(name)?.[0]));
      expect(similar.map((id) => id % 3)).toEqual([1, 1, 1]);
    } finally {
      await gateway.stop();
    }
  });

  it('changes nothing the second time', async () => {
    const client = createPostgresClient({ url: database.url, poolSizeMax: 3, logger: createLogger('silent') });
    const { tables } = await importData({
      database: client,
      statements: loadStatements(STATEMENTS_FOLDER),
      mapping: await movieLensMapping(folder),
      rejectsPath: join(folder, 'rejects.csv'),
      asOf: undefined,
      replaces: false,
      progress: SILENT_PROGRESS,
    });
    await client.close();
    expect(tables).toHaveLength(3);
    for (const table of tables) expect(table).toMatchObject({ inserted: 0, updated: 0, rejected: 0 });
  });
});

describe('import movielens', () => {
  it('says which file it misses in a folder', async () => {
    const folder = await writeFolder({ 'movies.csv': 'movieId,title,genres\n' });
    await expect(movieLensMapping(folder)).rejects.toThrow('has no u.data, no ratings.csv');
    await rm(folder, { recursive: true });
  });
});
