import type { Catalog } from './catalog.ts';

const VIEWED_LOGIT = 1.2;
const CARTED_LOGIT = 1.8;
const INTEREST_FADES_DAYS = 9;
const OWNED_LOGIT = -2;
const OWNED_FADES_DAYS = 120;
const DUE_LOGIT = 3.2;
const DUE_WIDTH = 0.25;
const NEVER = -Infinity;

/** When a customer last did something with a product, in days; minus infinity for never. */
interface Encounter {
  viewedAt: number;
  cartedAt: number;
  boughtAt: number;
}

/** What a customer remembers of the products that they met: it draws them back or keeps them away. */
export class Memory {
  readonly #encounters = new Map<number, Encounter>();
  readonly #repeatDays: readonly (number | null)[];

  constructor(catalog: Catalog) {
    this.#repeatDays = catalog.products.map((product) => product.repeatDays);
  }

  view(productId: number, day: number): void {
    this.#encounter(productId).viewedAt = day;
  }

  cart(productId: number, day: number): void {
    this.#encounter(productId).cartedAt = day;
  }

  buy(productId: number, day: number): void {
    this.#encounter(productId).boughtAt = day;
  }

  /** The ids of all products met so far. */
  productIds(): Iterable<number> {
    return this.#encounters.keys();
  }

  /** What is added to the product's logit on that day; 0 for a product never met. */
  logit(productId: number, day: number): number {
    const encounter = this.#encounters.get(productId);
    if (!encounter) return 0;
    const { viewedAt, cartedAt, boughtAt } = encounter;
    return interest(viewedAt, cartedAt, boughtAt, day) + this.#afterPurchase(productId, boughtAt, day);
  }

  /** How much a product that is used up is due again: 0 to DUE_LOGIT, 0 for durable goods. */
  dueLogit(productId: number, day: number): number {
    const repeatDays = this.#repeatDays[productId] ?? null;
    const boughtAt = this.#encounters.get(productId)?.boughtAt ?? NEVER;
    if (repeatDays === null || boughtAt === NEVER) return 0;
    return DUE_LOGIT * Math.exp(-0.5 * (((day - boughtAt) / repeatDays - 1) / DUE_WIDTH) ** 2);
  }

  #afterPurchase(productId: number, boughtAt: number, day: number): number {
    if (boughtAt === NEVER) return 0;
    if ((this.#repeatDays[productId] ?? null) !== null) return this.dueLogit(productId, day);
    return OWNED_LOGIT * Math.exp(-(day - boughtAt) / OWNED_FADES_DAYS);
  }

  #encounter(productId: number): Encounter {
    let encounter = this.#encounters.get(productId);
    if (!encounter) {
      encounter = { viewedAt: NEVER, cartedAt: NEVER, boughtAt: NEVER };
      this.#encounters.set(productId, encounter);
    }
    return encounter;
  }
}

function interest(viewedAt: number, cartedAt: number, boughtAt: number, day: number): number {
  // After 45 days less than 0.02 is left.
  if (day - Math.max(viewedAt, cartedAt) > 5 * INTEREST_FADES_DAYS) return 0;
  let logit = 0;
  if (viewedAt > boughtAt) logit += VIEWED_LOGIT * Math.exp(-(day - viewedAt) / INTEREST_FADES_DAYS);
  if (cartedAt > boughtAt) logit += CARTED_LOGIT * Math.exp(-(day - cartedAt) / INTEREST_FADES_DAYS);
  return logit;
}
