import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { compiledExecutionPlugin } from './compiled-execution.ts';
import type { GraphQLContext } from './context.ts';
import { formatRequestError } from './error-format.ts';
import { operationLogPlugin } from './operation-log.ts';
import { costLimitPlugin, limitRules, type OperationLimits } from './operation-limits.ts';

/** What the GraphQL server is made of. */
export interface ApolloDependencies {
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: OperationLimits;
  /** Most tokens in a document. */
  readonly tokensMax: number;
}

/** Creates the server; `start` it before use and `stop` it at the end. The process's signals stay with the caller. */
export function createApollo({
  schema,
  logger,
  metrics,
  limits,
  tokensMax,
}: ApolloDependencies): ApolloServer<GraphQLContext> {
  return new ApolloServer<GraphQLContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: tokensMax },
    validationRules: limitRules(limits),
    formatError: formatRequestError,
    logger: {
      debug: (message) => {
        logger.debug({ message: String(message) }, 'apollo');
      },
      info: (message) => {
        logger.debug({ message: String(message) }, 'apollo');
      },
      warn: (message) => {
        logger.warn({ message: String(message) }, 'apollo');
      },
      error: (message) => {
        logger.error({ message: String(message) }, 'apollo');
      },
    },
    plugins: [
      // Both would work against us: a page from a CDN, and a wrapper around every field.
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      costLimitPlugin(schema, limits),
      compiledExecutionPlugin(schema, logger),
      operationLogPlugin(logger, metrics),
    ],
  });
}
