import type { Session } from '../engine/session.ts';

export interface WireParameter {
  readonly name: string;
  readonly value: string | number | boolean;
}

/** What drives the driver's decoding, and what must not make it upload binds to a stage. */
const DEFAULTS: Readonly<Record<string, string | number | boolean>> = {
  BINARY_OUTPUT_FORMAT: 'HEX',
  CLIENT_SESSION_KEEP_ALIVE: false,
  CLIENT_STAGE_ARRAY_BINDING_THRESHOLD: 1_000_000_000,
  DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
  QUERY_CONTEXT_CACHE_SIZE: 5,
  TIMESTAMP_LTZ_OUTPUT_FORMAT: '',
  TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3',
  TIMESTAMP_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM',
  TIMESTAMP_TZ_OUTPUT_FORMAT: '',
  TIMEZONE: 'UTC',
  TIME_OUTPUT_FORMAT: 'HH24:MI:SS',
};

/** The parameters of a session as replies carry them. */
export function wireParameters({ parameters }: Session): WireParameter[] {
  const merged = new Map(Object.entries(DEFAULTS));
  for (const [name, value] of parameters) merged.set(name, typed(value));
  return [...merged].map(([name, value]) => ({ name, value }));
}

function typed(value: string): string | boolean {
  const lower = value.toLowerCase();
  return lower === 'true' || lower === 'false' ? lower === 'true' : value;
}
