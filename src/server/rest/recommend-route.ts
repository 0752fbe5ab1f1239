import type { FastifyInstance, FastifyReply } from 'fastify';
import { answerEnvelope, isEnvelope, readEnvelope, type EnvelopeRow, type RowBatch } from './envelope.ts';
import { errorAt, type RunOperation } from './named-operations.ts';
import { toPythonJson, type PythonValue } from './python-json.ts';
import { toRecommendAnswer, unknownCustomer, type Backend, type RecommendedList } from './recommend-answer.ts';
import { readRecommendCall, readRowCall, regionOfZipCode, type RecommendCall } from './recommend-call.ts';
import { abortSignalOf, type EnvelopeLimits } from './rest-request.ts';
import { badRequest, RestError } from './rest-error.ts';

/** What the route needs. */
export interface RecommendRouteOptions {
  readonly run: RunOperation;
  readonly backend: Backend;
  readonly limits: EnvelopeLimits;
}

/** The most customers of one operation. */
const CUSTOMERS_PER_OPERATION = 100;

/** Calls that one operation can answer: same region, same length. */
interface CallGroup {
  readonly calls: readonly RecommendCall[];
  readonly places: readonly number[];
}

/**
 * `GET /recommend?customer_id=&zip_code=&top_n=`, `POST /recommend` with the same fields as JSON, or with an envelope
 * of calls, which are answered in batches.
 */
export function registerRecommendRoute(fastify: FastifyInstance, options: RecommendRouteOptions): void {
  const answerOne = async (fields: unknown, reply: FastifyReply) => {
    if (typeof fields !== 'object' || fields === null) throw badRequest('The body must be a JSON object.');
    const call = readRecommendCall({ ...fields });
    const [answer = null] = await answerCalls([call], options);
    if (answer instanceof RestError) throw answer;
    return sendJson(reply, toPythonJson(answer));
  };
  fastify.get('/recommend', (request, reply) => answerOne(request.query, reply));
  fastify.post('/recommend', { bodyLimit: options.limits.bytesMax }, async (request, reply) => {
    if (!isEnvelope(request.body)) return answerOne(request.body, reply);
    const rows = readEnvelope(request.body, options.limits.rowsMax);
    return sendJson(reply, await answerEnvelope(rows, batchesOf(rows, options), abortSignalOf(reply)));
  });
}

function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json').send(json);
}

function* batchesOf(rows: readonly EnvelopeRow[], options: RecommendRouteOptions): Generator<RowBatch> {
  const { groups, refusals } = groupCalls(rows);
  yield { places: [...refusals.keys()], answer: () => Promise.resolve([...refusals.values()]) };
  for (const { calls, places } of groups) {
    for (let start = 0; start < calls.length; start += CUSTOMERS_PER_OPERATION) {
      const end = start + CUSTOMERS_PER_OPERATION;
      yield { places: places.slice(start, end), answer: () => answerCalls(calls.slice(start, end), options) };
    }
  }
}

function groupCalls(rows: readonly EnvelopeRow[]): {
  readonly groups: Iterable<CallGroup>;
  readonly refusals: ReadonlyMap<number, RestError>;
} {
  const groups = new Map<string, { calls: RecommendCall[]; places: number[] }>();
  const refusals = new Map<number, RestError>();
  for (const [place, { args }] of rows.entries()) {
    try {
      const call = readRowCall(args);
      const key = `${regionOfZipCode(call.zipCode)} ${String(call.topN)}`;
      const group = groups.get(key) ?? { calls: [], places: [] };
      groups.set(key, group);
      group.calls.push(call);
      group.places.push(place);
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      refusals.set(place, error);
    }
  }
  return { groups: groups.values(), refusals };
}

/** Answers calls of one region and length, in their order. */
async function answerCalls(
  calls: readonly RecommendCall[],
  { run, backend }: RecommendRouteOptions,
): Promise<(PythonValue | RestError)[]> {
  const [{ zipCode, topN } = { zipCode: '', topN: 0 }] = calls;
  const { data, errors } = await run<{ recommendationsForCustomers: readonly (RecommendedList | null)[] | null }>(
    'recommend',
    { customerIds: calls.map(({ customerId }) => customerId), region: regionOfZipCode(zipCode), first: topN },
  );
  return calls.map((call, index) => {
    const list = data?.recommendationsForCustomers?.[index];
    if (list) return toRecommendAnswer(call, list, backend);
    return errorAt(errors, ['recommendationsForCustomers', index]) ?? unknownCustomer(call);
  });
}
