import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ForestFeature, RequestColumn } from './columns.ts';
import { prepareForest } from './engine.ts';
import { parseForest } from './parse-forest.ts';

const FIXTURES = join(import.meta.dirname, '../../../models/fixtures/exactness');
const TOLERANCE = 1e-6;

function readFloats(file: string): Float32Array {
  return new Float32Array(new Uint8Array(gunzipSync(readFileSync(join(FIXTURES, file)))).buffer);
}

describe('the block scorer', () => {
  it.each(['simd', 'plain'] as const)(
    'gives XGBoost’s predictions of 10,240 rows to 1e-6: thresholds, values beside them and missing ones (%s)',
    async (kernel) => {
      const { parts } = parseForest(JSON.parse(readFileSync(join(FIXTURES, 'model.json'), 'utf8')));
      const [rows, expected] = [readFloats('rows.f32.gz'), readFloats('predictions.f32.gz')];
      const width = parts.featureCount;
      const column = (feature: number) => expected.map((_, row) => rows[row * width + feature] ?? 0);
      // Every third feature is computed by the request, the others lie with the products.
      const kinds = Array.from({ length: width }, (_, feature): ForestFeature => ({
        kind: feature % 3 === 0 ? 'dense' : 'product',
      }));
      const columns = kinds.map((_, feature) => column(feature));
      const prepared = await prepareForest(parts, kinds, { kernel }).prepareSnapshot({
        productCount: expected.length,
        products: new Map(columns.entries()),
        keys: {},
        axes: {},
        similarity: columns.slice(0, 1),
      });
      const request = kinds.map(({ kind }, feature): RequestColumn =>
        kind === 'dense' ? { kind, valueOf: (row) => columns[feature]?.[row] ?? NaN } : { kind: 'product' },
      );
      const output = new Float32Array(expected.length);
      prepared.score(request, null, output);
      expect(expected.length).toBe(10_240);
      const most = output.reduce((worst, value, row) => Math.max(worst, Math.abs(value - (expected[row] ?? NaN))), 0);
      expect(most).toBeLessThanOrEqual(TOLERANCE);
    },
  );
});
