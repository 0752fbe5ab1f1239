/** What is used up lasts 8 to 61 days, in steps of 6 %. */
const INTERVALS = Array.from({ length: 36 }, (_, step) => 8 * 1.06 ** step);
/** Hypotheses about a product: the first one is that it is not used up. */
const HYPOTHESES = INTERVALS.length + 1;
/**
 * On a visit at just the interval a purchase is e to this times as likely as long before or after it; of 1.7, 2.1 and 2.5
 * it explains demo data best, within little.
 */
const DUE_LOGIT = 2.1;
/** Customers differ by so much of the interval in when they need it again. */
const DUE_WIDTH = 0.25;
/** Later purchases tell nothing. */
const ELAPSED_MAX = 120;
const USED_UP_SHARE = 0.12;
/** Shares of a category's products that are used up are kept within these. */
const USED_UP_SHARE_MIN = 0.003;
const USED_UP_SHARE_MAX = 0.9;
const ROUNDS = 4;
/** Purchases a visit that the search begins with, of a durable product and of one that is used up. */
const START_RATES: readonly [number, number] = [0.01, 0.01];

/** One customer's visits and purchases, as days in ascending order. */
export interface Purchases {
  readonly visits: readonly number[];
  /** Place of the product in the catalog to the days on which it was bought. */
  readonly daysByProduct: ReadonlyMap<number, readonly number[]>;
}

/** By place of the product in the catalog. */
export interface Repeats {
  /** Probability that the product is used up and bought again. */
  readonly chances: Float64Array;
  /** Days that it lasts, if it is used up; NaN for a product that nobody bought. */
  readonly intervals: Float64Array;
}

/** By elapsed day and hypothesis: how much likelier a visit's purchase is than usual. */
const LOGITS = Float64Array.from({ length: ELAPSED_MAX * HYPOTHESES }, (_, at) => {
  const interval = INTERVALS[(at % HYPOTHESES) - 1];
  const elapsed = Math.floor(at / HYPOTHESES) + 0.5;
  return interval === undefined ? 0 : DUE_LOGIT * Math.exp(-0.5 * ((elapsed / interval - 1) / DUE_WIDTH) ** 2);
});
const FACTORS = LOGITS.map((logit) => Math.exp(logit));

/**
 * Learns which products are used up and after how long. After a purchase each visit is a chance to buy the product again,
 * greater when as many days went by as it lasts; how much customers like a product differs between them as an exponential
 * distribution. What a category's products have in common, and how often is bought at all, is estimated along.
 */
export class RepeatPurchases {
  readonly #productCount: number;
  readonly #bought: Float64Array;
  // By pair of customer and product: the product, purchases after the first one, and per hypothesis the visits as they
  // count and the sum of logits of the purchases.
  readonly #products: number[] = [];
  readonly #counts: number[] = [];
  readonly #exposures: Float32Array[] = [];
  readonly #logits: (Float32Array | null)[] = [];

  constructor(productCount: number) {
    this.#productCount = productCount;
    this.#bought = new Float64Array(productCount);
  }

  /** Adds what one customer bought. */
  add({ visits, daysByProduct }: Purchases): void {
    for (const [product, days] of daysByProduct) {
      this.#bought[product] = (this.#bought[product] as number) + days.length;
      const exposure = new Float32Array(HYPOTHESES);
      for (const day of visits) {
        const elapsed = day - (days.findLast((bought) => bought < day) ?? Infinity);
        if (elapsed > 0 && elapsed < ELAPSED_MAX) addRow(exposure, FACTORS, elapsed);
      }
      const gaps = days.slice(1).map((day, index) => day - (days[index] as number));
      const counted = gaps.filter((gap) => gap < ELAPSED_MAX);
      const logits = counted.length === 0 ? null : new Float32Array(HYPOTHESES);
      if (logits) for (const gap of counted) addRow(logits, LOGITS, gap);
      this.#products.push(product);
      this.#counts.push(counted.length);
      this.#exposures.push(exposure);
      this.#logits.push(logits);
    }
  }

  /** @param categoryOf Per product of the catalog its category, from 0 on without gaps. */
  estimate(categoryOf: ArrayLike<number>): Repeats {
    const mean = this.#bought.reduce((sum, count) => sum + count + 1, 0) / Math.max(this.#productCount, 1);
    const scales = this.#bought.map((count) => (count + 1) / mean);
    let rates = START_RATES;
    let shares: Float64Array = new Float64Array(this.#productCount).fill(USED_UP_SHARE);
    let posterior: Float64Array = new Float64Array();
    for (let round = 0; round < ROUNDS; round += 1) {
      posterior = this.#posterior(scales, rates, shares);
      rates = this.#ratesFor(posterior, scales);
      shares = sharesOf(posterior, categoryOf);
    }
    return this.#summarise(posterior);
  }

  /** By product and hypothesis; adds up to 1 for each product. */
  #posterior(scales: Float64Array, [durable, usedUp]: readonly [number, number], shares: Float64Array): Float64Array {
    const logs = new Float64Array(this.#productCount * HYPOTHESES);
    shares.forEach((share, product) => {
      for (let hypothesis = 0; hypothesis < HYPOTHESES; hypothesis += 1) {
        logs[product * HYPOTHESES + hypothesis] = Math.log(hypothesis === 0 ? 1 - share : share / INTERVALS.length);
      }
    });
    this.#products.forEach((product, pair) => {
      const exposure = this.#exposures[pair] as Float32Array;
      const logits = this.#logits[pair];
      const count = this.#counts[pair] as number;
      for (let hypothesis = 0; hypothesis < HYPOTHESES; hypothesis += 1) {
        const inverse = 1 / ((hypothesis === 0 ? durable : usedUp) * (scales[product] as number));
        const at = product * HYPOTHESES + hypothesis;
        logs[at] =
          (logs[at] as number) +
          (logits?.[hypothesis] ?? 0) +
          Math.log(inverse) -
          (count + 1) * Math.log((exposure[hypothesis] as number) + inverse);
      }
    });
    for (let product = 0; product < this.#productCount; product += 1) {
      normalise(logs.subarray(product * HYPOTHESES, (product + 1) * HYPOTHESES));
    }
    return logs;
  }

  /** Purchases a visit of durable products and of those that are used up, above 0. */
  #ratesFor(posterior: Float64Array, scales: Float64Array): [number, number] {
    const counts: [number, number] = [0.1, 0.1];
    const exposures: [number, number] = [10, 10];
    this.#products.forEach((product, pair) => {
      const chances = posterior.subarray(product * HYPOTHESES, (product + 1) * HYPOTHESES);
      const exposure = this.#exposures[pair] as Float32Array;
      const scale = scales[product] as number;
      const durable = chances[0] as number;
      let usedUp = 0;
      for (let hypothesis = 1; hypothesis < HYPOTHESES; hypothesis += 1) {
        usedUp += (chances[hypothesis] as number) * (exposure[hypothesis] as number);
      }
      counts[0] += durable * (this.#counts[pair] as number);
      counts[1] += (1 - durable) * (this.#counts[pair] as number);
      exposures[0] += durable * scale * (exposure[0] as number);
      exposures[1] += scale * usedUp;
    });
    return [counts[0] / exposures[0], counts[1] / exposures[1]];
  }

  #summarise(posterior: Float64Array): Repeats {
    const chances = new Float64Array(this.#productCount);
    const intervals = new Float64Array(this.#productCount).fill(NaN);
    for (let product = 0; product < this.#productCount; product += 1) {
      const chance = 1 - (posterior[product * HYPOTHESES] as number);
      chances[product] = chance;
      if (this.#bought[product] === 0 || chance === 0) continue;
      const logInterval = INTERVALS.reduce(
        (sum, interval, step) => sum + Math.log(interval) * (posterior[product * HYPOTHESES + step + 1] as number),
        0,
      );
      intervals[product] = Math.exp(logInterval / chance);
    }
    return { chances, intervals };
  }
}

/** By product: the share of its category's products that are used up. */
function sharesOf(posterior: Float64Array, categoryOf: ArrayLike<number>): Float64Array {
  const sums = new Map<number, { usedUp: number; products: number }>();
  const categories = Array.from(categoryOf);
  categories.forEach((category, product) => {
    const sum = sums.get(category) ?? { usedUp: 0, products: 0 };
    sums.set(category, sum);
    sum.usedUp += 1 - (posterior[product * HYPOTHESES] as number);
    sum.products += 1;
  });
  return Float64Array.from(categories, (category) => {
    const { usedUp, products } = sums.get(category) as { usedUp: number; products: number };
    return Math.min(Math.max(usedUp / products, USED_UP_SHARE_MIN), USED_UP_SHARE_MAX);
  });
}

/** Adds the row of an elapsed day. */
function addRow(to: Float32Array, table: Float64Array, elapsed: number): void {
  for (let hypothesis = 0, at = elapsed * HYPOTHESES; hypothesis < HYPOTHESES; hypothesis += 1, at += 1) {
    to[hypothesis] = (to[hypothesis] as number) + (table[at] as number);
  }
}

/** Makes probabilities of their logarithms. */
function normalise(logs: Float64Array): void {
  const top = logs.reduce((most, log) => Math.max(most, log), -Infinity);
  logs.forEach((log, index) => (logs[index] = Math.exp(log - top)));
  const total = logs.reduce((sum, value) => sum + value, 0);
  logs.forEach((value, index) => (logs[index] = value / total));
}
