import { Coalescer } from '../batching/coalescer.ts';
import type { BatchSource } from '../batching/request-loader.ts';
import type { RequestsInFlight } from '../batching/requests-in-flight.ts';
import { EntityCache, type EntityCacheOptions } from '../cache/entity-cache.ts';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { StatementName } from '../generated/statement-names.ts';
import type { Metrics } from '../metrics.ts';
import type { ServingStore } from '../stores/serving-store.ts';

/** What process-wide sources are made of. */
export interface SourceDependencies {
  readonly store: ServingStore;
  readonly metrics: Metrics;
  readonly requestsInFlight: RequestsInFlight;
  /** Keys in one statement. */
  readonly keysMax: number;
  /** The entity cache, or null when it is turned off. */
  readonly cache: Pick<EntityCacheOptions<unknown, unknown>, 'memory' | 'remote' | 'dataset' | 'ttlMs'> | null;
}

/** One statement that answers keys. */
export interface StatementSource<Key, Row extends object, Value> {
  readonly statement: StatementName;
  /** Equal text for equal keys. */
  readonly keyText: (key: Key) => string;
  /** The keys as the statement's parameters. */
  readonly parameters: (keys: readonly Key[]) => readonly unknown[];
  /** The rows by key text. */
  readonly align: (rows: readonly Row[], keyTexts: readonly string[]) => ReadonlyMap<string, Value>;
}

/** A source that coalesces the keys of concurrent requests into one statement. */
export function createStatementSource<Key, Row extends object, Value>(
  { store, metrics, requestsInFlight, keysMax }: SourceDependencies,
  { statement, keyText, parameters, align }: StatementSource<Key, Row, Value>,
): BatchSource<Key, Value> {
  return new Coalescer<Key, Value>({
    keyText,
    keysMax,
    requestsInFlight,
    load: async (keys, onServed) =>
      align(await store.query<Row>(statement, parameters(keys), { onServed }), keys.map(keyText)),
    onBatch: (keyCount) => {
      metrics.batchKeys.observe({ statement }, keyCount);
    },
  });
}

/** The source behind the entity cache, or the source itself when the cache is turned off. */
export function cached<Key, Value extends object>(
  { cache, metrics }: SourceDependencies,
  entity: string,
  keyText: (key: Key) => string,
  source: BatchSource<Key, Value>,
): BatchSource<Key, Value> {
  return cache ? new EntityCache({ ...cache, entity, keyText, source, metrics }) : source;
}

/** The text of a key that is an id. */
export const idText = (id: string): string => id;

/** The value, or null where its backend is away or late; other errors pass. */
export async function orNullWhenUpstreamFails<Value>(loading: Promise<Value>): Promise<Value | null> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof UpstreamTimeoutError || error instanceof UpstreamUnavailableError) return null;
    throw error;
  }
}
