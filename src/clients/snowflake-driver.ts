import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import type { SnowflakeAgents } from './snowflake-agents.ts';

/** What we use of `snowflake-sdk`. */
export interface SnowflakeDriver {
  createConnection(options: DriverOptions): Connection;
}

/** The driver's options, and `agentClass`, which its typings leave out. */
export type DriverOptions = ConnectionOptions & { readonly agentClass: SnowflakeAgents['agentFor'] };

/** Takes the place of a row that the driver could not parse. */
export const BROKEN_ROW = Symbol('broken row');

/**
 * Imports `snowflake-sdk`, once a process: it takes some 400 ms and 100 MB. Sets what is process-wide: no log, no OCSP
 * (see ADR 0008), no evaluation of VARIANT text, no driver retries (ours know the deadline), and rows that arrive as the
 * cells that Snowflake sent. The driver's environment variables must have been set before; ADR 0008 lists them.
 * The driver's version is pinned, because this knows its insides; the tests beside this file say when they change.
 */
export async function loadSnowflakeDriver(): Promise<SnowflakeDriver> {
  const [{ default: driver }, { default: http }, { default: Chunk }] = await Promise.all([
    import('snowflake-sdk'),
    import('snowflake-sdk/dist/lib/http/axios_instance.js'),
    import('snowflake-sdk/dist/lib/connection/result/chunk.js'),
  ]);
  driver.configure({
    logLevel: 'OFF',
    additionalLogToConsole: false,
    disableOCSPChecks: true,
    useEnvProxy: false,
    // No cell comes this far any more. Should one, it must not be run as a program.
    jsonColumnVariantParser: (text) => JSON.parse(text) as unknown,
    xmlColumnVariantParser: (text) => text,
  });
  passRawCells(Chunk.prototype as unknown as DriverChunk);
  turnOffRetries(unwrapped(http as unknown as DriverHttp | { readonly default: DriverHttp }));
  return { createConnection: (options) => driver.createConnection(options) };
}

/** Marks what was changed already: the driver is one for the whole process. */
const PATCHED = Symbol.for('snowgate.patched');

interface DriverRow {
  readonly values?: unknown;
  getColumnValue(column: number): unknown;
}

interface DriverChunk {
  getRows: (this: DriverChunk) => DriverRow[];
  [PATCHED]?: true;
}

/**
 * The driver decodes cells and parses chunks inside `process.nextTick`: one cell that it does not understand ends the
 * process. Here its rows hand out cells as they came, and text that is not JSON becomes one broken row.
 */
function passRawCells(chunk: DriverChunk): void {
  if (chunk[PATCHED]) return;
  const { getRows } = chunk;
  chunk.getRows = function (this: DriverChunk): DriverRow[] {
    try {
      const rows = getRows.call(this);
      for (const row of rows) row.getColumnValue = rawCell;
      return rows;
    } catch {
      return [{ getColumnValue: () => BROKEN_ROW }];
    }
  };
  chunk[PATCHED] = true;
}

function rawCell(this: DriverRow, column: number): unknown {
  if (!Array.isArray(this.values)) return BROKEN_ROW;
  return (this.values as readonly unknown[])[column];
}

interface DriverHttp {
  interceptors: { request: { use(intercept: (request: RetriedRequest) => RetriedRequest): unknown } };
  [PATCHED]?: true;
}

/** Node gives the exports of a compiled module as its default; other loaders give the default among the exports. */
function unwrapped(http: DriverHttp | { readonly default: DriverHttp }): DriverHttp {
  return 'default' in http ? http.default : http;
}

interface RetriedRequest {
  useSnowflakeRetryMiddleware?: boolean;
}

/** The driver sleeps 1 to 16 seconds between retries, longer than a statement may take, and goes on when nobody waits. */
function turnOffRetries(http: DriverHttp): void {
  if (http[PATCHED]) return;
  http.interceptors.request.use((request) => {
    request.useSnowflakeRetryMiddleware = false;
    return request;
  });
  http[PATCHED] = true;
}
