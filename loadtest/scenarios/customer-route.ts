import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { FIRST_CUSTOMER_ID, CUSTOMERS, steadyArrival } from '../lib/profiles.ts';
import { strictThresholds } from '../lib/thresholds.ts';

/** The load of the plan that the guides run: 150 to 200 requests a second, each of one customer by id. */
const REQUESTS_PER_SECOND = Number(__ENV['RATE'] ?? 150);
const DURATION = __ENV['DURATION'] ?? '66s';
/** The plan's own goal for p90 is 200 ms; CI shares its cores with k6, Postgres and the gateway. */
const P95_MS_MAX = 500;
const OPERATION = 'customer-route';

export const options: Options = {
  scenarios: { customers: steadyArrival(REQUESTS_PER_SECOND, DURATION) },
  thresholds: strictThresholds([OPERATION], P95_MS_MAX),
};

/** The next id of the list, each read once before the list begins anew, as the plan's data set is shared by all threads. */
export default function lookUp(): void {
  const id = FIRST_CUSTOMER_ID + (exec.scenario.iterationInTest % CUSTOMERS);
  const url = `${__ENV['GATEWAY_URL'] ?? 'http://localhost:4000'}/customer/${String(id)}`;
  const response = http.get(url, { tags: { operation: OPERATION, name: OPERATION } });
  check(
    response,
    {
      'answers 200': ({ status }) => status === 200,
      'names the customer': ({ body }) => typeof body === 'string' && body.includes(String(id)),
    },
    { operation: OPERATION },
  );
}
