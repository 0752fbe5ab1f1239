import type { ConstantArrivalRateScenario } from 'k6/options';
import type { Request } from './client.ts';

/** The ids of the demo data begin here and have no gaps. */
export const FIRST_CUSTOMER_ID = 1_000_000;
const LAST_PRODUCT_ID = 1999;
const REGIONS = ['NORTHEAST', 'SOUTHEAST', 'MIDWEST', 'SOUTH', 'WEST'];

/** Customers of the demo data that take part; must not exceed DEMO_CUSTOMERS of the gateway. */
export const CUSTOMERS = Number(__ENV['CUSTOMERS'] ?? 500);

/** What a shop asks for: mostly home pages and single customers. One entry is drawn per iteration, evenly. */
export const SHOP_MIX: readonly (() => Request)[] = [
  () => ({ operation: 'home-page', variables: { customerId: customerId() } }),
  () => ({ operation: 'home-page', variables: { customerId: customerId() } }),
  () => ({ operation: 'point-customer', variables: { customerId: customerId() } }),
  () => ({ operation: 'point-customer', variables: { customerId: customerId() } }),
  () => ({ operation: 'ranked-list', variables: { customerId: customerId() } }),
  () => ({ operation: 'nested-purchases', variables: { customerId: customerId(), region: oneOf(REGIONS) } }),
  () => ({ operation: 'customer-profile', variables: { customerId: customerId() } }),
  () => ({ operation: 'home-pages', variables: { customerIds: [customerId(), customerId(), customerId()] } }),
  () => ({
    operation: 'product-page',
    variables: { productId: productId(), region: oneOf(REGIONS), customerId: customerId() },
  }),
  () => ({ operation: 'segment', variables: { filter: { homeRegions: [oneOf(REGIONS)] } } }),
];

/** The names of all operations of the mix. */
export const SHOP_OPERATIONS = [...new Set(SHOP_MIX.map((draw) => draw().operation))];

/**
 * An open model: requests arrive at a steady rate whether or not earlier ones were answered, as shoppers do. A gateway
 * that cannot keep up shows as dropped iterations.
 */
export function steadyArrival(
  requestsPerSecond: number,
  duration: string,
): Pick<ConstantArrivalRateScenario, keyof ConstantArrivalRateScenario> {
  return {
    executor: 'constant-arrival-rate',
    rate: requestsPerSecond,
    timeUnit: '1s',
    duration,
    preAllocatedVUs: requestsPerSecond,
    maxVUs: requestsPerSecond * 2,
    gracefulStop: '5s',
  };
}

/** One entry, each equally likely. */
export function oneOf<Entry>(entries: readonly Entry[]): Entry {
  return entries[Math.floor(Math.random() * entries.length)] as Entry;
}

function customerId(): string {
  return String(FIRST_CUSTOMER_ID + Math.floor(Math.random() * CUSTOMERS));
}

function productId(): string {
  return String(1 + Math.floor(Math.random() * LAST_PRODUCT_ID));
}
