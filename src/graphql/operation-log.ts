import type { ApolloServerPlugin } from '@apollo/server';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { GraphQLContext } from './context.ts';

/** One log line and one metric per operation: name, duration, outcome, error codes. Never variables. */
export function operationLogPlugin(logger: Logger, metrics: Metrics): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: () => {
      const startedAt = performance.now();
      return Promise.resolve({
        willSendResponse: ({ operationName, operation, contextValue, response }) => {
          const durationMs = performance.now() - startedAt;
          const errors = response.body.kind === 'single' ? (response.body.singleResult.errors ?? []) : [];
          const codes = [...new Set(errors.map((error) => error.extensions?.['code']))];
          const outcome = codes.length === 0 ? 'ok' : 'error';
          metrics.operationDuration.observe({ outcome }, durationMs / 1000);
          logger.info(
            {
              requestId: contextValue.requestId,
              operationName: operationName ?? operation?.name?.value ?? null,
              durationMs: Math.round(durationMs * 100) / 100,
              outcome,
              ...(codes.length > 0 && { codes }),
            },
            'operation',
          );
          return Promise.resolve();
        },
      });
    },
  };
}
