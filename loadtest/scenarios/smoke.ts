import type { Options } from 'k6/options';
import { readOperation, send } from '../lib/client.ts';
import { oneOf, SHOP_MIX, SHOP_OPERATIONS, steadyArrival } from '../lib/profiles.ts';
import { strictThresholds } from '../lib/thresholds.ts';

/** Generous: CI shares its two cores with k6, Postgres and the gateway. */
const P95_MS_MAX = 500;

export const options: Options = {
  scenarios: { shop: steadyArrival(20, '12s') },
  thresholds: strictThresholds(SHOP_OPERATIONS, P95_MS_MAX),
};

const documents = new Map(SHOP_OPERATIONS.map((operation) => [operation, readOperation(operation)]));

/** One request of a shopper; k6 calls it once per arrival. */
export default function visit(): void {
  const request = oneOf(SHOP_MIX)();
  send(documents.get(request.operation) ?? '', request);
}
