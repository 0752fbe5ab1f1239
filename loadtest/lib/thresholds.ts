import type { Options } from 'k6/options';

type Thresholds = NonNullable<Options['thresholds']>;

/**
 * No failed request, no failed check, no dropped iteration, and p95 of every operation below `p95MsMax` milliseconds.
 * A threshold is never switched off: change the number and say why.
 */
export function strictThresholds(operations: readonly string[], p95MsMax: number): Thresholds {
  return {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
    ...Object.fromEntries(operations.map((operation) => [durationOf(operation), [`p(95)<${p95MsMax}`]])),
  };
}

function durationOf(operation: string): string {
  return `http_req_duration{operation:${operation}}`;
}
