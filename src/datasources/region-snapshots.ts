import { RefreshingValue } from '../cache/refreshing-value.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { inSlices } from '../ranking/forest/slices.ts';
import type { Ranker } from '../ranking/rank.ts';
import { prepareServing, type ServingSnapshot } from '../ranking/serving-snapshot.ts';
import type { SnapshotRow, TastePriorRow } from '../ranking/signals.ts';
import { snapshotSteps } from '../ranking/snapshot.ts';
import type { ServingStore } from '../stores/serving-store.ts';
import { REGIONS, type Region } from './region.ts';

/** What snapshots are made of. */
export interface RegionSnapshotsDependencies {
  readonly store: ServingStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** What snapshots are laid out for before anybody sees them; null to run without a model. */
  readonly ranker: Ranker | null;
  readonly maxAgeMs: number;
  /** Deadline of the statement that reads a region. */
  readonly deadlineMs: number;
}

/** The columnar stock of each region, shared by all requests and replaced as a whole when stock changes. */
export class RegionSnapshots {
  /** What the snapshots are laid out for. */
  readonly ranker: Ranker | null;
  readonly #metrics: Metrics;
  readonly #snapshotByRegion: ReadonlyMap<Region, RefreshingValue<ServingSnapshot>>;

  constructor({ store, metrics, logger, ranker, maxAgeMs, deadlineMs }: RegionSnapshotsDependencies) {
    this.ranker = ranker;
    this.#metrics = metrics;
    const newest = new Map<Region, ServingSnapshot>();
    const load = async (region: Region): Promise<ServingSnapshot> => {
      const [rows, priors] = await Promise.all([
        store.query<SnapshotRow>('region_stock_snapshot', [region], { deadlineMs }),
        store.query<TastePriorRow>('taste_priors', [], { deadlineMs }),
      ]);
      const snapshot = await inSlices(snapshotSteps(region, rows, priors, new Date()));
      const serving = await prepareServing(ranker, snapshot, newest.get(region));
      newest.set(region, serving);
      return serving;
    };
    this.#snapshotByRegion = new Map(
      REGIONS.map((region) => [
        region,
        new RefreshingValue({ name: `snapshot ${region}`, load: () => load(region), maxAgeMs, logger }),
      ]),
    );
  }

  /** The newest snapshot. @throws UpstreamUnavailableError or UpstreamTimeoutError while there has never been one. */
  async of(region: Region): Promise<ServingSnapshot> {
    const refreshing = this.#refreshing(region);
    const snapshot = await refreshing.get();
    this.#metrics.snapshotAge.set({ region }, (refreshing.ageMs ?? 0) / 1000);
    return snapshot;
  }

  /** Loads every region, so that the first request does not wait. */
  async warm(): Promise<void> {
    await Promise.all(REGIONS.map((region) => this.of(region)));
  }

  /** Products of the largest region, 0 before the first snapshot. */
  get productCount(): number {
    const counts = [...this.#snapshotByRegion.values()].map(({ latest }) => latest?.snapshot.productCount ?? 0);
    return Math.max(...counts);
  }

  /** Stock changed in a region; a text that names none is ignored. */
  markStale(region: string): void {
    const known = REGIONS.find((one) => one === region);
    if (known) this.#refreshing(known).markStale();
  }

  /** Stock may have changed anywhere. */
  markAllStale(): void {
    for (const region of REGIONS) this.#refreshing(region).markStale();
  }

  #refreshing(region: Region): RefreshingValue<ServingSnapshot> {
    const refreshing = this.#snapshotByRegion.get(region);
    if (!refreshing) throw new Error(`There is no region named ${region}`);
    return refreshing;
  }
}
