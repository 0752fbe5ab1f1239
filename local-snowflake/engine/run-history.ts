import { literal } from '../duckdb/printing.ts';
import { SnowflakeError } from '../errors.ts';
import type { FullName } from './catalog.ts';

/** One run of a task, or one refresh of a dynamic table. */
export interface Run {
  readonly kind: 'TASK' | 'DYNAMIC TABLE';
  readonly of: FullName;
  /** SUCCEEDED, FAILED or SKIPPED; a refresh that had nothing to do is not kept. */
  readonly state: 'SUCCEEDED' | 'FAILED' | 'SKIPPED';
  readonly scheduledOn: number;
  readonly completedOn: number;
  readonly error?: unknown;
}

/** Runs that can still be asked for. */
const RUNS_MAX = 1000;

const COLUMNS = `"NAME", "DATABASE_NAME", "SCHEMA_NAME", "STATE", "ERROR_CODE", "ERROR_MESSAGE", "SCHEDULED_TIME", "COMPLETED_TIME"`;

/** What ran by itself, the latest last. */
export class RunHistory {
  readonly #runs: Run[] = [];

  add(run: Run): void {
    this.#runs.push(run);
    if (this.#runs.length > RUNS_MAX) this.#runs.shift();
  }

  /** The rows of TASK_HISTORY or DYNAMIC_TABLE_REFRESH_HISTORY of one database as a derived table. */
  table(kind: Run['kind'], database: string): string {
    const rows = this.#runs.filter((run) => run.kind === kind && run.of.database === database).map(rowText);
    const nothing = Array.from({ length: 6 }, () => `CAST(NULL AS VARCHAR)`).join(', ');
    const moments = 'CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ)';
    const values = [...rows, `(${nothing}, ${moments})`].join(', ');
    return `(SELECT * FROM (VALUES ${values}) AS "RUNS" (${COLUMNS}) WHERE "NAME" IS NOT NULL)`;
  }
}

function rowText({ of, state, scheduledOn, completedOn, error }: Run): string {
  const [code, message] = error === undefined ? [null, null] : errorTexts(error);
  const texts = [of.name, of.database, of.schema, state, code, message];
  const cells = texts.map((text) => (text === null ? 'CAST(NULL AS VARCHAR)' : literal(text)));
  return `(${[...cells, moment(scheduledOn), moment(completedOn)].join(', ')})`;
}

function errorTexts(error: unknown): [code: string, message: string] {
  if (error instanceof SnowflakeError) return [error.code, error.message];
  return ['000603', error instanceof Error ? error.message : String(error)];
}

const moment = (ms: number) => `TIMESTAMPTZ '${new Date(ms).toISOString().replace('Z', '+00')}'`;
