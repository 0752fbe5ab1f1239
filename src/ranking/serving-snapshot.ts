import { productColumnsOf } from './feature-columns.ts';
import type { PreparedSnapshot } from './forest/prepared-snapshot.ts';
import type { Ranker } from './rank.ts';
import type { RegionSnapshot } from './snapshot.ts';

/** A snapshot with its layout for the ranker's forest. */
export interface ServingSnapshot {
  readonly snapshot: RegionSnapshot;
  /** Null when there is no ranker, or it has no engine. */
  readonly prepared: PreparedSnapshot | null;
}

/**
 * Lays a snapshot out for a ranker. Where nothing but stock changed since `previous` its layout is kept. Lets the event
 * loop turn every few milliseconds.
 */
export async function prepareServing(
  ranker: Ranker | null,
  snapshot: RegionSnapshot,
  previous?: ServingSnapshot,
): Promise<ServingSnapshot> {
  if (!ranker?.engine) return { snapshot, prepared: null };
  const columns = productColumnsOf(ranker.features, snapshot);
  return { snapshot, prepared: await ranker.engine.prepareSnapshot(columns, previous?.prepared ?? undefined) };
}
