import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { registerCustomerRoute, type CustomerShape } from './customer-route.ts';
import { registerInvokeRoute } from './invoke-route.ts';
import type { RunOperation } from './named-operations.ts';
import type { Backend } from './recommend-answer.ts';
import { registerRecommendRoute } from './recommend-route.ts';
import { RestError } from './rest-error.ts';
import type { EnvelopeLimits } from './rest-request.ts';
import { registerTestPage } from './test-page.ts';

/** What the routes of the replaced services need. */
export interface RestRoutesOptions {
  readonly run: RunOperation;
  readonly limits: EnvelopeLimits;
  readonly customerShape: CustomerShape;
  readonly backend: Backend;
  /** Products that ranking chooses from, in the largest region. */
  readonly productCount: () => number;
  /** Folder of the built pages; null serves none. */
  readonly pagesFolder: string | null;
}

/**
 * The routes that clients of the replaced services call, each a thin adapter over a named operation. docs/compat.md
 * says what is kept byte for byte and what is changed on purpose.
 */
export async function registerRestRoutes(fastify: FastifyInstance, options: RestRoutesOptions): Promise<void> {
  const { run, limits, customerShape, backend, productCount, pagesFolder } = options;
  await fastify.register(async (routes) => {
    routes.setErrorHandler(sendError);
    registerRecommendRoute(routes, { run, backend, limits });
    registerCustomerRoute(routes, { run, shape: customerShape });
    registerInvokeRoute(routes, { run, limits });
    routes.get('/health', () => ({ status: 'ok', products_cached: productCount(), backend }));
    if (pagesFolder !== null) await registerTestPage(routes, { folder: pagesFolder });
  });
  fastify.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'Not found!' }));
}

/** Errors of the routes speak their own shape; what is not theirs goes to the server's handler. */
function sendError(error: FastifyError | RestError, _request: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof RestError) return reply.code(error.status).send(error.toAnswer());
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return reply.code(error.statusCode).send({ error: 'bad_request', message: error.message });
  }
  throw error;
}
