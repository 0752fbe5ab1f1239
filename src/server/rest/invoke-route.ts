import type { FastifyInstance } from 'fastify';
import { answerEnvelope, readEnvelope, type EnvelopeRow, type RowBatch } from './envelope.ts';
import { errorAt, type RunOperation } from './named-operations.ts';
import type { PythonValue } from './python-json.ts';
import { abortSignalOf, type EnvelopeLimits } from './rest-request.ts';
import type { RestError } from './rest-error.ts';
import { badRequest } from './rest-error.ts';

/** What the route needs. */
export interface InvokeRouteOptions {
  readonly run: RunOperation;
  readonly limits: EnvelopeLimits;
}

/** Operations under way at once; their reads share statements. */
const PAIRS_PER_BATCH = 200;
const ID = /^\d{1,18}$/;

/**
 * `POST /invoke` with an envelope of rows `[row number, model name, user id, item id]`: `[row number, "0.1234…"]`, the
 * prediction as text. A pair that cannot be told is null. The model's name is not looked at: one model serves.
 */
export function registerInvokeRoute(fastify: FastifyInstance, { run, limits }: InvokeRouteOptions): void {
  fastify.post('/invoke', { bodyLimit: limits.bytesMax }, async (request, reply) => {
    const rows = readEnvelope(request.body, limits.rowsMax);
    const answer = await answerEnvelope(rows, batchesOf(rows, run), abortSignalOf(reply));
    return reply.type('application/json').send(answer);
  });
}

function* batchesOf(rows: readonly EnvelopeRow[], run: RunOperation): Generator<RowBatch> {
  for (let start = 0; start < rows.length; start += PAIRS_PER_BATCH) {
    const some = rows.slice(start, start + PAIRS_PER_BATCH);
    yield {
      places: some.map((_row, index) => start + index),
      answer: () => Promise.all(some.map(({ args }) => predict(args, run))),
    };
  }
}

async function predict(
  [, customerId, productId]: readonly unknown[],
  run: RunOperation,
): Promise<PythonValue | RestError> {
  if (!isId(customerId) || !isId(productId)) {
    return badRequest('A row must be [row number, model name, user id, item id] with whole numbers as ids.');
  }
  const variables = { customerId: String(BigInt(customerId)), productId: String(BigInt(productId)) };
  const { data, errors } = await run<{ product: { predictedAffinity: number | null } | null }>(
    'predicted-affinity',
    variables,
  );
  const affinity = data?.product?.predictedAffinity ?? null;
  if (affinity !== null) return String(affinity);
  return errorAt(errors, ['product']) ?? null;
}

function isId(value: unknown): value is string | number {
  return (typeof value === 'string' || typeof value === 'number') && ID.test(String(value));
}
