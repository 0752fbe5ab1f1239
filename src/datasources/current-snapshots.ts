import type { Ranker } from '../ranking/rank.ts';
import { RegionSnapshots, type RegionSnapshotsDependencies } from './region-snapshots.ts';

/**
 * The snapshots that requests rank from, together with the model that they are laid out for. A request takes `current`
 * once and stays with it, so that everything in an answer comes from one version.
 */
export class CurrentSnapshots {
  readonly #dependencies: RegionSnapshotsDependencies;
  #current: RegionSnapshots;
  /** Being loaded for the next model. */
  #next: RegionSnapshots | null = null;

  constructor(dependencies: RegionSnapshotsDependencies) {
    this.#dependencies = dependencies;
    this.#current = new RegionSnapshots(dependencies);
  }

  get current(): RegionSnapshots {
    return this.#current;
  }

  /**
   * Loads every region and lays it out for another model, then lets new requests rank by it. Requests that have begun
   * finish on the one before. @throws what loading a region throws; nothing has changed then.
   */
  async useRanker(ranker: Ranker): Promise<void> {
    const next = new RegionSnapshots({ ...this.#dependencies, ranker });
    this.#next = next;
    try {
      await next.warm();
      this.#current = next;
    } finally {
      this.#next = null;
    }
  }

  /** Loads every region, so that the first request does not wait. */
  warm(): Promise<void> {
    return this.#current.warm();
  }

  /** Stock changed in a region; a text that names none is ignored. */
  markStale(region: string): void {
    this.#current.markStale(region);
    this.#next?.markStale(region);
  }

  /** Stock may have changed anywhere. */
  markAllStale(): void {
    this.#current.markAllStale();
    this.#next?.markAllStale();
  }
}
