import type { ForestParts } from '../../src/ranking/forest/forest.ts';
import type { Tree } from '../../src/ranking/forest/parse-tree.ts';

/** Where models/fixtures/hard_rows.py begins to draw. */
const SEED = 20_240;
const EDGES = [Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, -3.4028235e38, 16_777_216];

/**
 * The rows of models/fixtures/hard_rows.py, bit for bit: change both or none. A value is missing, equal to a threshold or
 * category of the model, a float32 step below or above one, an edge of float32, or any number.
 */
export function hardRows({ trees, featureCount }: ForestParts, rowCount: number): Float32Array {
  const marks = marksByFeature(trees, featureCount);
  const isCategorical = categoricalFeatures(trees);
  return Float32Array.from({ length: rowCount * featureCount }, (_, cell) => {
    const feature = cell % featureCount;
    const drawn = { kind: draw(2 * cell) / 2 ** 32, pick: draw(2 * cell + 1) };
    return valueOf(drawn, marks[feature] ?? [], isCategorical.has(feature));
  });
}

function valueOf(
  { kind, pick }: { readonly kind: number; readonly pick: number },
  marks: readonly number[],
  isCategorical: boolean,
): number {
  if (kind < 0.15) return NaN;
  const mark = marks[pick % marks.length];
  if (mark !== undefined && kind < 0.65) {
    if (kind < 0.45) return mark;
    return kind < 0.55 ? besides(mark, -1) : besides(mark, 1);
  }
  if (kind < 0.75) return EDGES[pick % EDGES.length] as number;
  return isCategorical ? (pick % 120) / 2 - 4 : (pick / 2 ** 32 - 0.5) * 8;
}

/** The next float32 above a value, or below it. */
function besides(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 1e-45;
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] as number) + (value > 0 ? direction : -direction);
  return new Float32Array(bits.buffer)[0] as number;
}

/** Thresholds and categories of the splits on each feature, in the order of the nodes. */
function marksByFeature(trees: readonly Tree[], featureCount: number): number[][] {
  const found = Array.from({ length: featureCount }, (): number[] => []);
  for (const { nodeCount, left, feature, threshold, categories } of trees) {
    for (let node = 0; node < nodeCount; node += 1) {
      if (left[node] === -1) continue;
      found[feature[node] as number]?.push(...(categories?.get(node) ?? [threshold[node] as number]));
    }
  }
  return found;
}

function categoricalFeatures(trees: readonly Tree[]): ReadonlySet<number> {
  return new Set(
    trees.flatMap(({ feature, categories = new Map() }) =>
      [...categories.keys()].map((node) => feature[node] as number),
    ),
  );
}

/** The draw of mulberry32 with this number. */
function draw(index: number): number {
  const state = (SEED + Math.imul(index + 1, 0x6d2b79f5)) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
