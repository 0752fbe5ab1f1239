import { PRODUCT_COUNT } from './catalog.ts';
import { HISTORY_DAYS } from './customers.ts';
import { Random } from './random.ts';
import { REGIONS } from './regions.ts';

const OUT_OF_STOCK_SHARE = 0.155;
const OUT_OF_STOCK_DAYS = 10;

/** What lies in a region's warehouse at the end of the history. */
export interface StockLevel {
  readonly region: number;
  readonly productId: number;
  readonly quantity: number;
  readonly deliveryDays: number;
}

/** Which product was in stock where and when. */
export interface Stock {
  /** Per product 1 when the region had it on that day, else 0. Day HISTORY_DAYS is the end of the history. */
  readonly inStock: (region: number, day: number) => Uint8Array;
  /** One level per region and product: 5 to 500 pieces when in stock at the end, else 0. */
  readonly levels: readonly StockLevel[];
}

/** The stock of a seed. Products run out and come back independently in each region. */
export function createStock(seed: number): Stock {
  const random = new Random(seed, 'stock');
  const days = REGIONS.map(() => createRegionStock(random));
  const inStock = (region: number, day: number): Uint8Array => days[region]?.[day] ?? noSuchDay(region, day);
  const levels = REGIONS.flatMap(({ deliveryDaysMin, deliveryDaysMax }, region) =>
    Array.from(inStock(region, HISTORY_DAYS), (is, productId) => ({
      region,
      productId,
      quantity: is ? random.integer(5, 500) : 0,
      deliveryDays: random.integer(deliveryDaysMin, deliveryDaysMax),
    })),
  );
  return { levels, inStock };
}

function createRegionStock(random: Random): Uint8Array[] {
  const comesBack = 1 / OUT_OF_STOCK_DAYS;
  const runsOut = (comesBack * OUT_OF_STOCK_SHARE) / (1 - OUT_OF_STOCK_SHARE);
  const days = [Uint8Array.from({ length: PRODUCT_COUNT }, () => (random.chance(OUT_OF_STOCK_SHARE) ? 0 : 1))];
  for (let day = 1; day <= HISTORY_DAYS; day++) {
    days.push(Uint8Array.from(days[day - 1] ?? [], (is) => Number(random.chance(is ? 1 - runsOut : comesBack))));
  }
  return days;
}

function noSuchDay(region: number, day: number): never {
  throw new RangeError(`There is no stock of region ${String(region)} on day ${String(day)}`);
}
