import type { Config } from '../../config.ts';
import { SERVING_TABLES } from '../sync/serving-tables.ts';
import { familyOf, kindOf, type ExpectedTable } from './expected-tables.ts';
import { broken, ok, warning, type Outcome } from './finding.ts';
import { tableName, type SnowflakePlace } from './snowflake-place.ts';

interface TableRow {
  readonly table_name: string;
  readonly is_hybrid?: string;
}

/** What `DESCRIBE TABLE` says, as far as it is read. */
interface ColumnRow {
  readonly name: string;
  readonly type: string;
}

interface Look {
  readonly place: SnowflakePlace;
  readonly expected: ExpectedTable;
  /** What the account calls the table. */
  readonly actualName: string;
  readonly isHybrid: boolean | undefined;
  /** Whether statements read it, rather than sync alone. */
  readonly serves: boolean;
}

const AGE_TABLE = 'customer_features';
const AGE_SAMPLE_ROWS = 1000;

/**
 * Every table that serving or sync reads: there, with its columns in usable types, hybrid where single rows are read,
 * readable, not empty where sync copies them, and not old.
 */
export async function checkTables(
  place: SnowflakePlace,
  tables: readonly ExpectedTable[],
  config: Config,
): Promise<readonly Outcome[]> {
  const isServing = config.SERVING_STORES.includes('snowflake');
  const expected = tables.filter(({ isSynced }) => isServing || isSynced);
  const rows = await place
    .query<TableRow>(
      'doctor_tables',
      `SELECT * FROM "${place.database}".information_schema.tables WHERE table_schema = ?`,
      [place.schema],
    )
    .catch((error: unknown) => error);
  if (!Array.isArray(rows)) return [schemaUnreadable(place, rows)];
  const hybridByName = new Map(
    (rows as TableRow[]).map(({ table_name: name, is_hybrid: hybrid }) => [
      name.toLowerCase(),
      hybrid === undefined ? undefined : hybrid === 'YES',
    ]),
  );
  const found = await Promise.all(
    expected.map(async (table) => {
      const serves = isServing && table.isServed;
      const actualName = sourceNames(table, serves).find((name) => hybridByName.has(name));
      if (actualName === undefined) return [missing(place, table, serves)];
      const isHybrid = hybridByName.get(actualName);
      return lookAt({ place, expected: table, actualName, isHybrid, serves });
    }),
  );
  const outcomes = found.flat();
  const fine = expected.length - found.filter((list) => list.length > 0).length;
  const age = await checkAge(place, config).catch(() => null);
  return [
    ...(fine > 0
      ? [ok(`${fine} of ${expected.length} tables in ${place.database}.${place.schema} are as they should be`)]
      : []),
    ...outcomes,
    ...(age ? [age] : []),
  ];
}

function schemaUnreadable(place: SnowflakePlace, error: unknown): Outcome {
  const { database, schema, role } = place;
  return broken(
    `${database}.${schema} cannot be looked into: ${messageOf(error)}`,
    `Mend SNOWFLAKE_DATABASE, run the files of sql/snowflake/setup, or run: GRANT USAGE ON DATABASE ${database} TO ROLE ${role}; GRANT USAGE ON SCHEMA ${database}.${schema} TO ROLE ${role};`,
  );
}

/** Statements know a table by one name, sync by several. */
function sourceNames({ name }: ExpectedTable, serves: boolean): readonly string[] {
  return serves ? [name] : (SERVING_TABLES.find((table) => table.name === name)?.sourceNames ?? [name]);
}

function missing(place: SnowflakePlace, { name, setupFile }: ExpectedTable, serves: boolean): Outcome {
  const fix = `Run ${setupFile}, or, if it is there: GRANT SELECT ON TABLE ${tableName(place, name)} TO ROLE ${place.role};`;
  const text = `the table ${tableName(place, name)} is not there, or the role ${place.role} may not read it`;
  return serves ? broken(text, fix) : warning(`${text}: sync cannot copy it`, fix);
}

async function lookAt(look: Look): Promise<readonly Outcome[]> {
  const { place, actualName, expected } = look;
  const full = tableName(place, actualName);
  try {
    const columns = await place.query<ColumnRow>('doctor_columns', `DESCRIBE TABLE ${full}`);
    const shape = shapeProblems(look, new Map(columns.map(({ name, type }) => [name.toLowerCase(), type])));
    const rows = await place.query('doctor_row', `SELECT 1 AS n FROM ${full} LIMIT 1`);
    return rows.length > 0 || !expected.isSynced ? shape : [...shape, empty(look)];
  } catch (error) {
    return [
      broken(
        `${full} cannot be read: ${messageOf(error)}`,
        `Run in Snowflake: GRANT SELECT ON TABLE ${full} TO ROLE ${place.role}; or make it anew by ${expected.setupFile}.`,
      ),
    ];
  }
}

function shapeProblems(look: Look, columns: ReadonlyMap<string, string>): Outcome[] {
  const { place, expected, actualName, isHybrid, serves } = look;
  const full = tableName(place, actualName);
  const table = SERVING_TABLES.find(({ name }) => name === expected.name);
  const aliases = new Set(
    Object.entries(table?.aliases ?? {})
      .filter(([theirs]) => columns.has(theirs))
      .map(([, ours]) => ours),
  );
  const problems: Outcome[] = [];
  for (const [name, type] of expected.columns) {
    const actual = columns.get(name);
    if (actual === undefined) {
      const isFilled = !serves && (aliases.has(name) || table?.fills[name] !== undefined);
      if (!isFilled)
        problems.push(
          broken(
            `${full} has no column ${name}`,
            `Run in Snowflake: ALTER TABLE ${full} ADD COLUMN ${name} ${type}; and fill it.`,
          ),
        );
    } else if (!isUsable(type, actual, serves)) {
      problems.push(broken(`${full}.${name} is ${actual}, and the gateway reads it as ${type}`, remake(look, full)));
    }
  }
  if (serves && expected.isHybrid && isHybrid === false) {
    problems.push(warning(`${full} is no hybrid table: each lookup scans it`, remake(look, full)));
  }
  return problems;
}

/** Statements hand values on as they come; sync converts them. Texts can be anything. */
function isUsable(wanted: string, actual: string, serves: boolean): boolean {
  if (serves) return kindOf(wanted) === kindOf(actual);
  return familyOf(wanted) === familyOf(actual) || kindOf(actual) === 'text';
}

function remake({ expected }: Look, full: string): string {
  const list = [...expected.columns.keys()].join(', ');
  return `Run in Snowflake: ALTER TABLE ${full} RENAME TO ${full}_old; then ${expected.setupFile}; then INSERT INTO ${full} (${list}) SELECT ${list} FROM ${full}_old;`;
}

function empty({ place, actualName, serves }: Look): Outcome {
  const text = `${tableName(place, actualName)} is empty`;
  const fix = `Run npm run seed -- --to snowflake for demo data, or fill it: INSERT INTO ${tableName(place, actualName)} SELECT …`;
  return serves ? broken(text, fix) : warning(text, fix);
}

async function checkAge(place: SnowflakePlace, { FEATURES_MAX_AGE_HOURS: hoursMax }: Config): Promise<Outcome | null> {
  const sample = `SELECT as_of FROM ${tableName(place, AGE_TABLE)} LIMIT ${AGE_SAMPLE_ROWS}`;
  const [row] = await place.query<{ as_of: unknown }>('doctor_age', `SELECT MAX(as_of) AS as_of FROM (${sample}) AS s`);
  if (!(row?.as_of instanceof Date)) return null;
  const text = `${AGE_TABLE} speaks for ${row.as_of.toISOString()}`;
  const hours = Math.floor((Date.now() - row.as_of.getTime()) / 3_600_000);
  if (hours <= hoursMax) return ok(text);
  return warning(
    `${text}, ${hours} hours ago: every answer is marked isStale`,
    `See why what fills ${AGE_TABLE} has stopped (SHOW TASKS; SHOW DYNAMIC TABLES;), or raise FEATURES_MAX_AGE_HOURS.`,
  );
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
}
