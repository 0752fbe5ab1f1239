import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from './services.ts';

/** What a gateway and the services hold open. */
export interface Counts {
  /** Timers of the gateway apart from one that each idle Postgres connection has. */
  readonly timers: number;
  /** Open files and sockets of the gateway apart from those to the services; 0 where the system does not tell. */
  readonly otherFiles: number;
  readonly postgres: number;
  readonly snowflake: number;
  readonly sessions: number;
  readonly model: number;
}

/** How often the best rungs answered, and how often lower ones. */
export interface Rungs {
  readonly best: number;
  readonly lower: number;
}

/** Reads the gateway's own metrics. */
async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
}

function sumOf(metrics: string, pattern: string): number {
  const values = [...metrics.matchAll(new RegExp(String.raw`^${pattern} ([\d.e+]+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Statements and lists by rung. */
export async function rungsOf(url: string): Promise<Rungs> {
  const metrics = await metricsOf(url);
  const count = (degraded: boolean): number =>
    sumOf(
      metrics,
      String.raw`snowgate_(?:served_statements|ranked_lists)_total\{[^}]*degraded="${String(degraded)}"[^}]*\}`,
    );
  return { best: count(false), lower: count(true) };
}

/** Counts now. */
async function countsOf(url: string, { snowflake, postgres, model }: Services): Promise<Counts> {
  const metrics = await metricsOf(url);
  const { connections, sessions } = await snowflake.order({ kind: 'count' });
  const timers = sumOf(metrics, String.raw`nodejs_active_resources\{type="Timeout"\}`);
  const files = sumOf(metrics, 'process_open_fds');
  const [pg, ranking] = [postgres.connectionCount(), model.connectionCount()];
  const otherFiles = files === 0 ? 0 : files - connections - pg - ranking;
  return { timers: timers - pg, otherFiles, postgres: pg, snowflake: connections, sessions, model: ranking };
}

/** Counts as soon as they satisfy, or those of the end of the time. */
export async function settledCounts(
  url: string,
  services: Services,
  isSettled: (counts: Counts, earlier: Counts) => boolean,
  timeoutMs: number,
): Promise<Counts> {
  const endsAt = performance.now() + timeoutMs;
  let earlier = await countsOf(url, services);
  for (;;) {
    await delay(150);
    const counts = await countsOf(url, services);
    if (isSettled(counts, earlier) || performance.now() > endsAt) return counts;
    earlier = counts;
  }
}
