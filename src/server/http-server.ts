import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { registerExplorer } from './explorer.ts';
import { registerGraphQLRoute, type GraphQLRouteOptions } from './graphql-route.ts';
import { registerHealth, type HealthOptions } from './health.ts';
import { registerRestRoutes, type RestRoutesOptions } from './rest/rest-routes.ts';

/** What the HTTP server is made of. */
export interface HttpServerOptions {
  readonly graphql: Omit<GraphQLRouteOptions, 'hasExplorer'>;
  readonly health: HealthOptions;
  readonly rest: Omit<RestRoutesOptions, 'pagesFolder'>;
  readonly metrics: Registry;
  /** Folder of the built pages; null serves none. */
  readonly pagesFolder: string | null;
  readonly bodyBytesMax: number;
  /** Time to receive a whole request. */
  readonly requestTimeoutMs: number;
}

/** Length of a list of ids in a path: a hundred of 18 digits each fit, with more of them the route says how many may be. */
const PATH_PARAMETER_LENGTH_MAX = 4000;

/** Creates the server with all its routes; the caller makes it listen. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const fastify = Fastify({
    logger: false,
    bodyLimit: options.bodyBytesMax,
    requestTimeout: options.requestTimeoutMs,
    routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX },
    // Idle keep-alive connections end at once when the server stops; requests under way are finished.
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  });
  // Whoever comes back opens a connection, which leads to an instance that stays.
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (options.health.isStopping()) void reply.header('connection', 'close');
    done();
  });
  fastify.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    const message = status < 500 ? error.message : 'Internal server error';
    if (status >= 500) options.health.logger.error({ err: error }, 'http_error');
    const code = status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
    return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
  });
  const { pagesFolder } = options;
  if (pagesFolder !== null) await registerExplorer(fastify, { folder: pagesFolder });
  registerGraphQLRoute(fastify, { ...options.graphql, hasExplorer: pagesFolder !== null });
  await registerRestRoutes(fastify, { ...options.rest, pagesFolder });
  registerHealth(fastify, options.health);
  fastify.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.metrics()),
  );
  return fastify;
}
