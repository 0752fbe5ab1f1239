import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Side {
  readonly ids: readonly string[];
  readonly biases: readonly number[];
  readonly factors: readonly number[];
}

interface Factors {
  readonly mean: number;
  readonly scale: readonly [number, number];
  readonly factorCount: number;
  readonly users: Side;
  readonly items: Side;
}

/** A model of ratings as its file says, and the published rule over its numbers, written down a second time. */
export interface RatingsRule {
  readonly mean: number;
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  /** clip(mean + bias of the user + bias of the item + product of their factors), without the terms of who is unknown. */
  readonly ratingOf: (userId: string, itemId: string) => number;
}

/** Reads the factors in the folder of a model. @param scale Other ends of the scale than the model's. */
export function readRatingsRule(folder: string, scale?: Factors['scale']): RatingsRule {
  const written = JSON.parse(readFileSync(join(folder, 'factors.json'), 'utf8')) as Factors;
  const { mean, factorCount, users, items } = written;
  const [lowest, highest] = scale ?? written.scale;
  const rowOf = ({ ids, biases, factors }: Side, id: string) => {
    const row = ids.indexOf(id);
    return row < 0
      ? { isKnown: false, bias: 0, factors: [] }
      : { isKnown: true, bias: biases[row] ?? NaN, factors: factors.slice(row * factorCount, (row + 1) * factorCount) };
  };
  return {
    mean,
    userIds: users.ids,
    itemIds: items.ids,
    ratingOf(userId, itemId) {
      const [user, item] = [rowOf(users, userId), rowOf(items, itemId)];
      const match = user.isKnown ? item.factors.map((value, place) => value * (user.factors[place] ?? NaN)) : [];
      const rating = [mean, user.bias, item.bias, ...match].reduce((sum, value) => sum + value, 0);
      return Math.min(highest, Math.max(lowest, rating));
    },
  };
}
