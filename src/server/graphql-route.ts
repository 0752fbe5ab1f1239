import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import type { RequestsInFlight } from '../batching/requests-in-flight.ts';
import type { GraphQLContext } from '../graphql/context.ts';
import { wantsHtml } from './explorer.ts';

/** What the route needs. */
export interface GraphQLRouteOptions {
  readonly apollo: ApolloServer<GraphQLContext>;
  readonly requestsInFlight: RequestsInFlight;
  readonly createContext: (requestId: string) => GraphQLContext;
  /** Whether browsers get the explorer. */
  readonly hasExplorer: boolean;
}

/** `/graphql` for clients, and the explorer for browsers. The started Apollo server answers; requests are counted. */
export function registerGraphQLRoute(fastify: FastifyInstance, options: GraphQLRouteOptions): void {
  const { apollo, requestsInFlight, createContext, hasExplorer } = options;
  const answer = fastifyApolloHandler(apollo, { context: () => Promise.resolve(createContext(randomUUID())) });
  fastify.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    async handler(request, reply) {
      if (hasExplorer && wantsHtml(request)) return reply.sendExplorer();
      const leave = requestsInFlight.enter();
      try {
        return await answer.call(fastify, request, reply);
      } finally {
        leave();
      }
    },
  });
}
