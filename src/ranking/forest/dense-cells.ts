import { CELL_COUNT, type MemoryViews, type PlannedFeature } from './memory-plan.ts';

/** How a value finds its cell among thresholds. */
export interface Celling {
  readonly lowest: number;
  readonly scale: number;
}

/** Writes the tables of dense features and says how their values find a cell, by feature. */
export function placeDenseTables(
  { bytes, halves, floats }: MemoryViews,
  features: readonly PlannedFeature[],
): Map<number, Celling> {
  const cellings = new Map<number, Celling>();
  features.forEach(({ feature, bins: { thresholds }, columns, search }, index) => {
    if (feature.kind !== 'dense') return;
    for (const { binByRank, table } of columns) bytes.set(binByRank, table);
    floats.set(thresholds, search.thresholds >> 2);
    const finite = thresholds.filter(Number.isFinite);
    const lowest = finite.length > 0 ? (finite[0] as number) : 0;
    const span = finite.length > 0 ? (finite[finite.length - 1] as number) - lowest : 0;
    const scale = span > 0 ? CELL_COUNT / span : 1;
    const celling = { lowest, scale: Number.isFinite(scale) ? scale : 1 };
    const cells = Array.from(thresholds, (threshold) => cellOf(threshold, celling));
    let rank = 0;
    for (let cell = 0; cell <= CELL_COUNT; cell += 1) {
      while (rank < cells.length && (cells[rank] as number) < cell) rank += 1;
      halves[(search.cells >> 1) + cell] = rank;
    }
    cellings.set(index, celling);
  });
  return cellings;
}

/** As the kernel computes it. */
function cellOf(value: number, { lowest, scale }: Celling): number {
  return Math.trunc(Math.min(Math.max((value - lowest) * scale, 0), CELL_COUNT - 1));
}
