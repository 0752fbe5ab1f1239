const TWO_TO_THE_32 = 4294967296;

/**
 * A stream of pseudo-random numbers (xoshiro128**). The same seed, stream and index give the same numbers on every
 * machine; different ones give streams that have nothing to do with each other.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /**
   * @param stream What the numbers are for, so that one consumer's numbers never shift another's.
   * @param index Which of many equal consumers this is, for example a customer.
   */
  constructor(seed: number, stream: string, index = 0) {
    const name = `${String(seed)}/${stream}/${String(index)}`;
    // Two hashes of 32 bits: one would let two of 50,000 customers share a stream.
    const first = splitMix(hash(name, 0x811c9dc5));
    const second = splitMix(hash(name, 0x2f0b4c47));
    this.#a = first();
    this.#b = second();
    this.#c = first();
    this.#d = second();
  }

  /** Above 0 and below 1. */
  uniform(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return ((result >>> 0) + 0.5) / TWO_TO_THE_32;
  }

  /** A real number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.uniform());
  }

  /** True with that probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One element, all equally likely. @throws RangeError when there is none. */
  pick<Element>(elements: readonly Element[]): Element {
    const element = elements[Math.floor(elements.length * this.uniform())];
    if (element === undefined) throw new RangeError('There is nothing to pick from');
    return element;
  }

  /** The index of one weight, chosen in proportion to the weights, of which at least one is above 0. */
  pickIndex(weights: readonly number[]): number {
    let left = this.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    const index = weights.findIndex((weight) => (left -= weight) < 0);
    return index === -1 ? weights.findLastIndex((weight) => weight > 0) : index;
  }

  /** Normally distributed, mean 0. */
  normal(standardDeviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return standardDeviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Poisson distributed. Takes time in proportion to the mean. */
  poisson(mean: number): number {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count++;
    return count;
  }

  /** Gamma distributed with scale 1 (Marsaglia and Tsang). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Shares that add up to 1, Dirichlet distributed with those concentrations. */
  dirichlet(concentrations: readonly number[]): number[] {
    const draws = concentrations.map((concentration) => this.gamma(concentration));
    const total = draws.reduce((sum, draw) => sum + draw, 0);
    return draws.map((draw) => draw / total);
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** FNV-1a from the given basis. */
function hash(text: string, basis: number): number {
  let state = basis;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return state;
}

function splitMix(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
