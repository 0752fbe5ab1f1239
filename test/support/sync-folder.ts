import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** What a row of a table is changed to in a version; undefined leaves the row out. */
type Change = (row: Record<string, unknown>, version: number) => Record<string, unknown> | undefined;

const asOfVersion: Change = (row, version) => ({ ...row, as_of: momentOf(version) });

/** Every table that a whole sync copies, and where its rows show their version. */
const TABLES: Readonly<Record<string, { change: Change; marker: string }>> = {
  product_categories: {
    change: (row, version) => ({ ...row, department: `v${String(version)}` }),
    marker: 'department',
  },
  products: { change: (row, version) => ({ ...row, brand: `v${String(version)}` }), marker: 'brand' },
  loyalty_tiers: {
    change: (row, version) => ({ ...row, points_multiplier: version }),
    marker: `'v' || points_multiplier::integer`,
  },
  stores: { change: (row, version) => ({ ...row, store_name: `v${String(version)}` }), marker: 'store_name' },
  customers: { change: (row, version) => ({ ...row, first_name: `v${String(version)}` }), marker: 'first_name' },
  inventory: {
    change: (row, version) => ({ ...row, warehouse_name: `v${String(version)}` }),
    marker: 'warehouse_name',
  },
  customer_features: { change: asOfVersion, marker: asOfMarker() },
  customer_propensities: { change: asOfVersion, marker: asOfMarker() },
  customer_tastes: { change: asOfVersion, marker: asOfMarker() },
  taste_priors: { change: asOfVersion, marker: asOfMarker() },
  product_statistics: { change: asOfVersion, marker: asOfMarker() },
  // Odd versions know fewer neighbours, so that rows come and go as well.
  product_neighbours: {
    change: (row, version) =>
      version % 2 === 1 && Number(row['neighbour_id']) % 3 === 0 ? undefined : asOfVersion(row, version),
    marker: asOfMarker(),
  },
};

/** The tables of a version, in no order. */
export const SYNCED_TABLES: readonly string[] = Object.keys(TABLES);

/** The moment of a version's derived rows. */
function momentOf(version: number): string {
  return new Date(Date.UTC(2026, 10, 1, 0, 0, version)).toISOString();
}

function asOfMarker(): string {
  return `'v' || extract(second FROM as_of)::integer`;
}

/** Writes what a database serves as JSON lines, every row marked by a version from 1 to 59. */
export async function writeVersion(databaseUrl: string, folder: string, version: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [table, { change }] of Object.entries(TABLES)) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(
        `SELECT to_jsonb(t) AS row FROM ${table} AS t`,
      );
      const lines = rows.flatMap(({ row }) => change(row, version) ?? []).map((row) => `${JSON.stringify(row)}\n`);
      await writeFile(join(folder, `${table}.jsonl`), lines.join(''));
    }
  } finally {
    await client.end();
  }
}

/** The versions that one moment of a database shows: exactly one, unless something is torn. */
export async function readVersions(client: Client): Promise<readonly string[]> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const found = new Set<string>();
    for (const [table, { marker }] of Object.entries(TABLES)) {
      const { rows } = await client.query<{ version: string }>(`SELECT DISTINCT ${marker} AS version FROM ${table}`);
      if (rows.length === 0) found.add(`${table} is empty`);
      for (const { version } of rows) found.add(version);
    }
    const { rows } = await client.query<{ version: string }>(`SELECT ${asOfMarker()} AS version FROM dataset`);
    for (const { version } of rows) found.add(version);
    return [...found];
  } finally {
    await client.query('COMMIT');
  }
}
