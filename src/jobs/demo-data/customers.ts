import { Random } from './random.ts';
import { REGIONS, zipCodeOf, type Store } from './regions.ts';

/** Days of history before the moment that the data speaks for. */
export const HISTORY_DAYS = 180;

const FIRST_CUSTOMER_ID = 1_000_000;
const JOINED_DURING_HISTORY = 0.18;
const SESSIONS_PER_DAY = 0.113;
const ACTIVITY_SPREAD = 0.7;

/** A loyalty tier and what it says about a customer. */
export interface LoyaltyTier {
  readonly name: string;
  readonly pointsMultiplier: string;
  /** Share of all customers. */
  readonly share: number;
  /** Sessions in proportion to the base rate. */
  readonly activity: number;
}

/** From the lowest tier to the highest; the index is the tier's rank. */
export const LOYALTY_TIERS: readonly LoyaltyTier[] = [
  { name: 'Bronze', pointsMultiplier: '1.00', share: 0.4, activity: 0.6 },
  { name: 'Silver', pointsMultiplier: '1.25', share: 0.3, activity: 0.95 },
  { name: 'Gold', pointsMultiplier: '1.50', share: 0.2, activity: 1.5 },
  { name: 'Platinum', pointsMultiplier: '2.00', share: 0.1, activity: 2.2 },
];

/** A person, apart from their tastes. Days are counted from the beginning of the history. */
export interface Customer {
  readonly index: number;
  readonly id: number;
  readonly firstName: string;
  readonly email: string;
  readonly ageYears: number;
  /** Null when the customer did not tell. */
  readonly birthDay: number | null;
  /** Negative for those who joined before the history begins. */
  readonly joinDay: number;
  /** Index into LOYALTY_TIERS. */
  readonly tier: number;
  /** Index into REGIONS. */
  readonly region: number;
  readonly zipCode: string;
  readonly preferredStoreId: number;
  readonly hasApp: boolean;
  readonly emailOptIn: boolean;
  /** Points from before the history, so that they tell nothing of what is bought in it. */
  readonly pointsEarned: number;
  readonly sessionsPerDay: number;
  /** Share of sessions that are visits to the store. */
  readonly storeShare: number;
}

/** Which customer has that id. */
export function customerIndexOf(id: string): number {
  return Number(id) - FIRST_CUSTOMER_ID;
}

/** The customer of that index: the same however many customers there are. */
export function createCustomer(seed: number, index: number, stores: readonly Store[]): Customer {
  const random = new Random(seed, 'customer', index);
  const id = FIRST_CUSTOMER_ID + index;
  const firstName = random.pick(FIRST_NAMES);
  const tier = random.pickIndex(LOYALTY_TIERS.map(({ share }) => share));
  const region = random.integer(0, REGIONS.length - 1);
  const ageYears = random.integer(18, 79);
  const birthDay = HISTORY_DAYS - Math.floor(ageYears * 365.25) - random.integer(1, 364);
  return {
    index,
    id,
    firstName,
    email: `${firstName.toLowerCase()}.${String(id)}@example.com`,
    ageYears,
    birthDay: random.chance(0.02) ? null : birthDay,
    joinDay: random.chance(JOINED_DURING_HISTORY) ? random.integer(0, HISTORY_DAYS - 1) : -random.integer(1, 1800),
    tier,
    region,
    zipCode: zipCodeOf(random, region),
    preferredStoreId: random.pick(stores.filter((store) => store.region === region)).id,
    hasApp: random.chance(0.35 + 0.12 * tier),
    emailOptIn: random.chance(0.5 + 0.08 * tier),
    pointsEarned: Math.floor(random.gamma(2) * 250 * (tier + 1)),
    sessionsPerDay: SESSIONS_PER_DAY * (LOYALTY_TIERS[tier]?.activity ?? 1) * meanOneLogNormal(random),
    storeShare: betaOneFive(random),
  };
}

function meanOneLogNormal(random: Random): number {
  return Math.exp(random.normal(ACTIVITY_SPREAD) - ACTIVITY_SPREAD ** 2 / 2);
}

function betaOneFive(random: Random): number {
  return 1 - random.uniform() ** (1 / 5);
}

const FIRST_NAMES = [
  'Ada', 'Amara', 'Ben', 'Carla', 'Chen', 'Dana', 'Diego', 'Elif', 'Emma', 'Farid', 'Grace', 'Hana', 'Hugo', 'Imani',
  'Ines', 'Jack', 'Jonas', 'Kavya', 'Keiko', 'Lena', 'Liam', 'Lucia', 'Maya', 'Mateo', 'Nadia', 'Noah', 'Olga', 'Omar',
  'Priya', 'Quinn', 'Rosa', 'Ravi', 'Sara', 'Sven', 'Tara', 'Tomas', 'Uma', 'Victor', 'Wren', 'Yusuf', 'Zoe',
]; // prettier-ignore
