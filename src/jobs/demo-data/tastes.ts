import { BRANDS, CATEGORIES } from './assortment.ts';
import { STYLE_DIMENSIONS, type Catalog, type Product } from './catalog.ts';
import { HISTORY_DAYS, type Customer } from './customers.ts';
import { Random } from './random.ts';

const AGE_BANDS = 4;
const CATEGORY_CONCENTRATION = 0.45;
export const CATEGORY_FLOOR = 0.008;
const MOVING_CUSTOMERS = 0.4;
const DRIFT_SHARE = 0.6;
/** A sigmoid of this scale does 80 % of its way in two and a half weeks. */
const DRIFT_SCALE_DAYS = 4;
export const STYLE_WEIGHT = 0.7 / Math.sqrt(STYLE_DIMENSIONS);
export const PRICE_TOLERANCE = 1.2;

/** How much people of an age like a category, 1 = average: AGE_BANDS rows of one number per category. */
export type AgeTastes = readonly (readonly number[])[];

/** The tastes of the age bands of a seed. */
export function createAgeTastes(seed: number): AgeTastes {
  const random = new Random(seed, 'age tastes');
  return Array.from({ length: AGE_BANDS }, () => CATEGORIES.map(() => Math.exp(random.normal(0.6))));
}

/** What a customer likes. Nobody but this generator sees it; events follow it with noise. */
export interface Tastes {
  /** Shares of the categories before and after the change of mind, equal when there is none. */
  readonly sharesBefore: readonly number[];
  readonly sharesAfter: readonly number[];
  /** The day in the middle of the change. */
  readonly driftDay: number;
  /** z-score of ln(price) within a category that suits the purse. */
  readonly priceLevel: number;
  /** Per product the sum of its brand, style and price logits. */
  readonly fit: Float64Array;
}

/** The tastes of a customer: the same however many customers there are. */
export function createTastes(seed: number, customer: Customer, catalog: Catalog, ageTastes: AgeTastes): Tastes {
  const random = new Random(seed, 'tastes', customer.index);
  const concentrations = categoryConcentrations(customer, ageTastes);
  const sharesBefore = categoryShares(random, concentrations);
  const other = categoryShares(random, concentrations);
  const isMoving = random.chance(MOVING_CUSTOMERS);
  const sharesAfter = sharesBefore.map((share, category) =>
    isMoving ? (1 - DRIFT_SHARE) * share + DRIFT_SHARE * (other[category] ?? 0) : share,
  );
  const driftDay = random.between(0, HISTORY_DAYS);
  const priceLevel = random.normal(0.8) + 0.3 * (customer.tier - 1);
  return { sharesBefore, sharesAfter, driftDay, priceLevel, fit: fitOf(random, catalog, priceLevel) };
}

/** What the shares of the categories of somebody of that age are drawn with. */
export function categoryConcentrations({ ageYears }: Customer, ageTastes: AgeTastes): number[] {
  const band = Math.min(AGE_BANDS - 1, Math.floor((ageYears - 15) / 15));
  return (ageTastes[band] ?? []).map((taste) => CATEGORY_CONCENTRATION * taste);
}

/** The shares of the categories on that day; they add up to 1. */
export function categorySharesAt({ sharesBefore, sharesAfter, driftDay }: Tastes, day: number): number[] {
  const moved = 1 / (1 + Math.exp(-(day - driftDay) / DRIFT_SCALE_DAYS));
  return sharesBefore.map((share, category) => share + moved * ((sharesAfter[category] ?? 0) - share));
}

function categoryShares(random: Random, concentrations: readonly number[]): number[] {
  const total = 1 + CATEGORIES.length * CATEGORY_FLOOR;
  return random.dirichlet(concentrations).map((share) => (share + CATEGORY_FLOOR) / total);
}

function fitOf(random: Random, { products }: Catalog, priceLevel: number): Float64Array {
  const brands = BRANDS.map(() => random.normal(0.15) + (random.chance(0.1) ? random.between(0.8, 1.6) : 0));
  const style = Float64Array.from({ length: STYLE_DIMENSIONS }, () => STYLE_WEIGHT * random.normal());
  return fitTo(products, { brands, style, priceLevel });
}

/** Per product the sum of the brand, style and price logits of somebody with these likings. */
export function fitTo(
  products: readonly Product[],
  { brands, style, priceLevel }: { brands: ArrayLike<number>; style: ArrayLike<number>; priceLevel: number },
): Float64Array {
  const fit = new Float64Array(products.length);
  for (const product of products) {
    let logit = (brands[product.brand] ?? 0) - 0.5 * ((product.relativePrice - priceLevel) / PRICE_TOLERANCE) ** 2;
    for (let dimension = 0; dimension < STYLE_DIMENSIONS; dimension++) {
      logit += (style[dimension] ?? 0) * (product.style[dimension] ?? 0);
    }
    fit[product.id] = logit;
  }
  return fit;
}
