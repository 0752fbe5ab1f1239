import { UnsupportedModelError } from '../errors.ts';
import { isAmong } from './categories.ts';

/** What goes right at some categorical splits of a feature: some categories, and perhaps missing values. */
export interface CategorySet {
  readonly categories: ReadonlySet<number>;
  readonly takesMissing: boolean;
}

/** Sets each of which holds all of the next one. How many of them hold a value says which of them do. */
export type CategoryChain = readonly CategorySet[];

/** A byte counts so far. */
const CHAIN_LENGTH_MAX = 255;

/**
 * Sorts different sets into few chains: smaller sets first, each one to the largest set that it holds. A model needs a
 * column of bytes for each chain, and about a third as many as it has sets.
 * @throws UnsupportedModelError when there are more than `chainsMax`.
 */
export function chainCategories(sets: readonly CategorySet[], chainsMax: number): readonly CategoryChain[] {
  const chains: CategorySet[][] = [];
  for (const set of sets.toSorted((a, b) => sizeOf(a) - sizeOf(b))) {
    let best: CategorySet[] | undefined;
    for (const chain of chains) {
      if (chain.length === CHAIN_LENGTH_MAX || sizeOf(chain[0]) <= sizeOf(best?.[0])) continue;
      if (holds(set, chain[0] as CategorySet)) best = chain;
    }
    if (best) best.unshift(set);
    else chains.push([set]);
    if (chains.length > chainsMax) {
      throw new UnsupportedModelError(`categorical splits of more than ${chainsMax} columns`);
    }
  }
  return chains;
}

/** Where sets of a feature begin and end to hold the values of a line of numbers. */
export function edgesOf(sets: readonly CategorySet[]): number[] {
  const all = new Set(sets.flatMap(({ categories }) => [...categories]));
  return [...all].flatMap((category) => [category, category + 1]);
}

/** How many sets of a chain hold a value; NaN is missing. */
export function countHolding(chain: CategoryChain, value: number): number {
  const end = chain.findIndex(({ categories, takesMissing }) => {
    return !(Number.isNaN(value) ? takesMissing : isAmong(categories, value));
  });
  return end === -1 ? chain.length : end;
}

function sizeOf(set: CategorySet | undefined): number {
  return set ? set.categories.size + Number(set.takesMissing) : -1;
}

function holds(set: CategorySet, other: CategorySet): boolean {
  if (other.takesMissing && !set.takesMissing) return false;
  for (const category of other.categories) if (!set.categories.has(category)) return false;
  return true;
}
