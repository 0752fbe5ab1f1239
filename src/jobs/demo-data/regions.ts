import { Random } from './random.ts';

/** A sales region, how its warehouse delivers and the first digits of its zip codes. */
export interface Region {
  readonly name: string;
  readonly warehouse: string;
  readonly deliveryDaysMin: number;
  readonly deliveryDaysMax: number;
  readonly zipDigits: readonly [number, number];
}

export const REGIONS: readonly Region[] = [
  { name: 'Northeast', warehouse: 'WH-NE-01', deliveryDaysMin: 1, deliveryDaysMax: 3, zipDigits: [0, 1] },
  { name: 'Southeast', warehouse: 'WH-SE-01', deliveryDaysMin: 1, deliveryDaysMax: 4, zipDigits: [2, 3] },
  { name: 'Midwest', warehouse: 'WH-MW-01', deliveryDaysMin: 2, deliveryDaysMax: 4, zipDigits: [4, 5] },
  { name: 'South', warehouse: 'WH-SO-01', deliveryDaysMin: 2, deliveryDaysMax: 5, zipDigits: [6, 7] },
  { name: 'West', warehouse: 'WH-WE-01', deliveryDaysMin: 2, deliveryDaysMax: 5, zipDigits: [8, 9] },
];

const STORE_COUNT = 500;

/** A shop of bricks. Store ids are 1 to 500; regions take turns, so that each has 100. */
export interface Store {
  readonly id: number;
  readonly name: string;
  /** Index into REGIONS. */
  readonly region: number;
  readonly zipCode: string;
}

/** The stores of a seed, by id ascending. */
export function createStores(seed: number): Store[] {
  const random = new Random(seed, 'stores');
  return Array.from({ length: STORE_COUNT }, (_, index) => {
    const region = index % REGIONS.length;
    const name = `${REGIONS[region]?.name ?? ''} Store ${String(Math.floor(index / REGIONS.length) + 1)}`;
    return { id: index + 1, name, region, zipCode: zipCodeOf(random, region) };
  });
}

/** A random zip code of five digits whose first digit belongs to the region. */
export function zipCodeOf(random: Random, region: number): string {
  const firstDigit = random.pick(REGIONS[region]?.zipDigits ?? []);
  return `${String(firstDigit)}${String(random.integer(1, 9999)).padStart(4, '0')}`;
}
