import { expect, it } from 'vitest';
import { BOUGHT_IN_STORE, CARTED, ORDERED, type ShoppingDays } from '../shopping-days.ts';
import { categoryVisits } from './category-visits.ts';

const LOOKED = 1;

it('tells day by day what of each category was looked at, ordered, bought in a store and browsed', () => {
  const shopping: ShoppingDays = {
    customerId: '1',
    region: 'West',
    age: null,
    visits: Int32Array.of(5, 9, 12),
    places: Int32Array.of(0, 0, 1, 2, 2, 3),
    days: Int32Array.of(9, 5, 9, 9, 15, 9),
    kinds: Uint8Array.of(LOOKED | CARTED | ORDERED, LOOKED, LOOKED, BOUGHT_IN_STORE, BOUGHT_IN_STORE, 0),
    stars: Float32Array.of(0, 0, 0, 0, 5, 4),
    browsed: ['B', 'gone'],
    browsedDays: Int32Array.of(12, 12),
  };
  const codes = new Map([['A', 0], ['B', 1]]); // prettier-ignore
  expect(categoryVisits(shopping, [0, 0, 1, 1], (id) => codes.get(id))).toEqual([
    { day: 5, looked: [0], looks: [1], ordered: [], boughtInStore: [], browsed: [] },
    { day: 9, looked: [0, 1], looks: [2, 1], ordered: [0], boughtInStore: [1], browsed: [] },
    { day: 12, looked: [], looks: [], ordered: [], boughtInStore: [], browsed: [1] },
    { day: 15, looked: [1], looks: [1], ordered: [], boughtInStore: [1], browsed: [] },
  ]);
});
