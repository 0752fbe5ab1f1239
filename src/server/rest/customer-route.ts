import type { FastifyInstance } from 'fastify';
import { errorAt, type OperationAnswer, type RunOperation } from './named-operations.ts';
import { toPythonJson, type PythonValue } from './python-json.ts';
import { badRequest } from './rest-error.ts';

/** Which generation of the replaced data API answers `GET /customer`. */
export type CustomerShape = 'customers' | 'recommendations';

/** What the route needs. */
export interface CustomerRouteOptions {
  readonly run: RunOperation;
  readonly shape: CustomerShape;
}

interface NamedCustomer {
  readonly id: string;
  readonly profile: { readonly firstName: string | null; readonly email: string | null };
}

interface CustomerWithList {
  readonly id: string;
  readonly recommendations: {
    readonly items: readonly { readonly score: number; readonly product: { readonly name: string } | null }[];
  } | null;
}

interface Customers<Customer> {
  readonly customers: readonly (Customer | null)[] | null;
}

const IDS = /^\d{1,18}(,\d{1,18})*$/;
const IDS_MAX = 100;

/** Columns of the second generation that Snowgate has no values for. */
const UNKNOWN_COLUMNS = Object.fromEntries(
  [
    'C_CURRENT_CDEMO_SK',
    'C_CURRENT_HDEMO_SK',
    'C_CURRENT_ADDR_SK',
    'C_FIRST_SHIPTO_DATE_SK',
    'C_FIRST_SALES_DATE_SK',
    'C_SALUTATION',
    'C_LAST_NAME',
    'C_PREFERRED_CUST_FLAG',
    'C_BIRTH_DAY',
    'C_BIRTH_MONTH',
    'C_BIRTH_YEAR',
    'C_BIRTH_COUNTRY',
    'C_LOGIN',
    'C_LAST_REVIEW_DATE',
  ].map((column) => [column, null]),
);

/**
 * `GET /customer/{id,id,…}`: a row per known customer, in the order asked for, each once. Rows are customers, or what
 * similar customers liked, as the shape says. Names and e-mail addresses are null without the scope customers:pii.
 */
export function registerCustomerRoute(fastify: FastifyInstance, { run, shape }: CustomerRouteOptions): void {
  fastify.get<{ Params: { ids: string } }>('/customer/:ids', async (request, reply) => {
    const customerIds = readIds(request.params.ids);
    const rows = await (shape === 'customers' ? customerRows : recommendationRows)(run, customerIds);
    return reply.type('application/json').send(toPythonJson(rows, { isFlask: true }));
  });
}

function readIds(text: string): readonly string[] {
  if (!IDS.test(text)) throw badRequest('The path must be /customer/ID or /customer/ID,ID,… with whole numbers.');
  const ids = [...new Set(text.split(',').map((id) => String(BigInt(id))))];
  if (ids.length > IDS_MAX) {
    throw badRequest(`The path names ${String(ids.length)} customers; at most ${String(IDS_MAX)} are allowed.`);
  }
  return ids;
}

async function customerRows(run: RunOperation, customerIds: readonly string[]): Promise<PythonValue[]> {
  return knownCustomers(await run<Customers<NamedCustomer>>('customer-rows', { customerIds })).map(toCustomerRow);
}

async function recommendationRows(run: RunOperation, customerIds: readonly string[]): Promise<PythonValue[]> {
  const answer = await run<Customers<CustomerWithList>>('customer-recommendations', { customerIds });
  return knownCustomers(answer).map(toRecommendationsRow);
}

function knownCustomers<Customer>({ data, errors }: OperationAnswer<Customers<Customer>>): Customer[] {
  const failure = errorAt(errors, []);
  if (failure) throw failure;
  return (data?.customers ?? []).filter((customer) => customer !== null);
}

function toCustomerRow({ id, profile }: NamedCustomer): PythonValue {
  return {
    ...UNKNOWN_COLUMNS,
    C_CUSTOMER_SK: BigInt(id),
    C_CUSTOMER_ID: id,
    C_FIRST_NAME: profile.firstName,
    C_EMAIL_ADDRESS: profile.email,
  };
}

/** A VARIANT arrives as text: JSON inside JSON, indented as Snowflake writes it. */
function toRecommendationsRow({ id, recommendations }: CustomerWithList): PythonValue {
  const movies = (recommendations?.items ?? []).map(({ score, product }) => ({
    movie_name: product?.name ?? null,
    movie_score: score.toFixed(2),
  }));
  return { USER_ID: BigInt(id), RECOMMENDATIONS: JSON.stringify(movies, null, 2) };
}
