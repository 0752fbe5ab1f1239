import { customerPages } from '../customer-pages.ts';
import type { TrainingExport } from './export-training.ts';
import type { MomentReader } from './moment-reader.ts';

/**
 * Columns of pairs.f32. customer: as in ranking.f32, those who are not in it counted on. product: place in the catalog by
 * product id. weight: see style_pairs.
 */
export const PAIR_COLUMNS = ['customer', 'product', 'weight'];

interface PairsRow {
  readonly customer_id: string;
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Appends how much everybody had to do with products before a moment, for baselines that learn from nothing else.
 * @param customerIds The customers of ranking.f32 at that moment, in their order.
 */
export async function exportPairs(
  { pairs }: TrainingExport,
  moment: Date,
  customerIds: readonly string[],
  reader: MomentReader,
): Promise<void> {
  const numberOf = new Map(customerIds.map((id, number) => [id, number]));
  const read = (after: string, limit: number): Promise<PairsRow[]> =>
    reader.read('style_pairs', [moment, after, limit]);
  for await (const page of customerPages(read)) {
    for (const { customer_id: id, places, weights } of page) {
      const number = numberOf.get(id) ?? numberOf.size;
      numberOf.set(id, number);
      await pairs.write([places.map(() => number), places, weights], new Float32Array());
    }
  }
}
