import { InvalidModelError, UnsupportedModelError } from './errors.ts';
import { invalid, JsonFields } from './json-fields.ts';

/** Ratings by biased matrix factorization. */
export interface Factorization {
  readonly name: string;
  readonly version: string;
  readonly userCount: number;
  readonly itemIds: readonly string[];
  /**
   * The rating that the user would give: the mean, the biases of both and the product of their factors, within the scale.
   * A user or an item that is not known drops its terms; where neither is, the mean is left.
   */
  readonly predict: (userId: string, itemId: string) => number;
  /** The same for every item, in the order of `itemIds`, not yet held within the scale; null for a user not known. */
  readonly rateAll: (userId: string) => Float64Array | null;
}

interface Side {
  readonly ids: readonly string[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly biases: readonly number[];
  /** Row by row. */
  readonly factors: Float64Array;
}

/** What a manifest says of such a model. */
const OBJECTIVE = 'rating:factorization';
const FACTORS_MAX = 1000;

/**
 * Reads a factorization from its manifest and its factors.
 * @throws InvalidModelError naming the field, UnsupportedModelError when the manifest is of another kind of model.
 */
export function parseFactorization(manifestJson: unknown, factorsJson: unknown): Factorization {
  const manifest = new JsonFields(manifestJson, '');
  const objective = manifest.string('objective');
  if (objective !== OBJECTIVE) throw new UnsupportedModelError(`ratings by ${objective}, other than ${OBJECTIVE}`);
  const fields = new JsonFields(factorsJson, '');
  const mean = fields.number('mean');
  const [lowest, highest] = parseScale(fields);
  const factorCount = fields.count('factorCount');
  if (factorCount > FACTORS_MAX) throw new InvalidModelError(`factorCount is more than ${String(FACTORS_MAX)}`);
  const users = parseSide(fields.object('users'), factorCount);
  const items = parseSide(fields.object('items'), factorCount);
  return {
    name: manifest.string('name'),
    version: manifest.string('version'),
    userCount: users.rowOf.size,
    itemIds: items.ids,
    predict(userId, itemId) {
      const user = users.rowOf.get(userId);
      const item = items.rowOf.get(itemId);
      let rating = mean;
      if (user !== undefined) rating += users.biases[user] as number;
      if (item !== undefined) rating += items.biases[item] as number;
      if (user !== undefined && item !== undefined)
        rating += dot(users.factors, user, items.factors, item, factorCount);
      return Math.min(Math.max(rating, lowest), highest);
    },
    rateAll(userId) {
      const user = users.rowOf.get(userId);
      if (user === undefined) return null;
      const own = mean + (users.biases[user] as number);
      return Float64Array.from(
        items.biases,
        (bias, item) => own + bias + dot(users.factors, user, items.factors, item, factorCount),
      );
    },
  };
}

function parseScale(fields: JsonFields): readonly [number, number] {
  const [lowest, highest, ...more] = fields.numbers('scale');
  if (lowest === undefined || highest === undefined || more.length > 0 || lowest >= highest) {
    throw invalid('scale', 'the lowest and the highest rating', fields.raw('scale'));
  }
  return [lowest, highest];
}

function parseSide(fields: JsonFields, factorCount: number): Side {
  const ids = fields.strings('ids');
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  if (rowOf.size !== ids.length) throw new InvalidModelError(`${fields.pathOf('ids')} names one twice`);
  const biases = fields.numbers('biases');
  checkLength(fields, { name: 'biases', length: biases.length, expected: ids.length });
  const factors = fields.numbers('factors');
  checkLength(fields, { name: 'factors', length: factors.length, expected: ids.length * factorCount });
  return { ids, rowOf, biases, factors: Float64Array.from(factors) };
}

function checkLength(
  fields: JsonFields,
  { name, length, expected }: { name: string; length: number; expected: number },
): void {
  if (length === expected) return;
  throw new InvalidModelError(`${fields.pathOf(name)} has ${String(length)} numbers instead of ${String(expected)}`);
}

function dot(left: Float64Array, leftRow: number, right: Float64Array, rightRow: number, count: number): number {
  let sum = 0;
  for (let factor = 0; factor < count; factor += 1) {
    sum += (left[leftRow * count + factor] as number) * (right[rightRow * count + factor] as number);
  }
  return sum;
}
