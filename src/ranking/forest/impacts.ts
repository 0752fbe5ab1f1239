import type { PackedForest } from './pack-forest.ts';

/**
 * By feature, how much the greatest sum of leaves may change with the ways that its nodes go: for each node the difference
 * between the greatest leaves of its two sides, added up, in steps.
 */
export function impactsOf({ bins, counts, nodes, leaves }: PackedForest): Float64Array {
  const impacts = new Float64Array(bins.features.length);
  const featureOf = new Map(
    bins.features.flatMap(({ columns }, feature) => columns.map(({ index }) => [index, feature])),
  );
  /** The greatest leaf of a branch of so many leaves. */
  const visit = (node: number, leaf: number, size: number): number => {
    if (size === 1) return leaves[leaf] as number;
    const delta = nodes[4 * node + 3] as number;
    const left = visit(node + 1, leaf, delta);
    const right = visit(node + delta, leaf + delta, size - delta);
    const feature = featureOf.get(nodes[4 * node] as number) as number;
    impacts[feature] = (impacts[feature] as number) + Math.abs(left - right);
    return Math.max(left, right);
  };
  let [node, leaf] = [0, 0];
  for (const size of counts) {
    visit(node, leaf, size);
    node += size - 1;
    leaf += size;
  }
  return impacts;
}
