import type { CustomerFeaturesRow, CustomerTastesRow, SnapshotRow, TastePriorRow } from '../../src/ranking/signals.ts';
import { coldFeatures, coldTastes } from '../../src/ranking/signals.ts';
import { createSnapshot, type RegionSnapshot } from '../../src/ranking/snapshot.ts';

/** The moment of everything that the builders make. */
export const AS_OF = new Date('2026-01-31T00:00:00Z');

/** A product in stock of which nothing special is known. */
export function aSnapshotRow(changes: Partial<SnapshotRow> & Pick<SnapshotRow, 'product_id'>): SnapshotRow {
  return {
    category_id: 'CAT-001',
    category_name: 'Tops',
    brand: 'NorthStyle',
    price: '10.00',
    product_tier: 'daily_staple',
    is_perishable: false,
    quantity_on_hand: 5,
    relative_price: 0,
    popularity: 0,
    view_popularity: 0,
    recent_popularity: 0,
    category_trend: 0,
    repeat_rate: 0,
    repeat_days: null,
    repeat_chance: null,
    repeat_interval: null,
    demand: null,
    style: {},
    statistics_as_of: AS_OF,
    ...changes,
  };
}

/** A snapshot of the region South. */
export function aSnapshot(
  rows: readonly (Partial<SnapshotRow> & Pick<SnapshotRow, 'product_id'>)[],
  priors: readonly TastePriorRow[] = [],
): RegionSnapshot {
  return createSnapshot('South', rows.map(aSnapshotRow), priors, AS_OF);
}

/** Customer 1 with features of a newcomer but for the changes. */
export function someFeatures(changes: Partial<CustomerFeaturesRow> = {}): CustomerFeaturesRow {
  return { ...coldFeatures('1', AS_OF), ...changes };
}

/** Customer 1 with tastes of a newcomer but for the changes. */
export function someTastes(changes: Partial<CustomerTastesRow> = {}): CustomerTastesRow {
  return { ...coldTastes('1', AS_OF), ...changes };
}
