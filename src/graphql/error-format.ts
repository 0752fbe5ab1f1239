import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import { ERROR_CODES, GatewayError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** An error of the gateway as GraphQL carries it, its code and details in `extensions`. */
export function toGraphQLError(error: GatewayError): GraphQLError {
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { ...error.details, code: error.code },
  });
}

/**
 * What a client may see of an error. Errors of the gateway and of GraphQL itself pass with their code; anything else is
 * a defect: it is masked, logged with its causes, and carries the request's id. Never throws.
 */
export function formatExecutionError(error: GraphQLError, requestId: string, logger: Logger): GraphQLFormattedError {
  const { message, locations, path } = error.toJSON();
  const place = { ...(locations && { locations }), ...(path && { path }) };
  const gatewayError = gatewayErrorIn(error);
  if (gatewayError) {
    if (gatewayError.cause !== undefined) {
      logger.warn({ requestId, code: gatewayError.code, err: gatewayError.cause }, 'upstream_failed');
    }
    return {
      message: gatewayError.message,
      ...place,
      extensions: { ...gatewayError.details, code: gatewayError.code },
    };
  }
  // Without a path nothing ran yet: the variables did not fit.
  if (!path || isArgumentError(error)) return { message, ...place, extensions: { code: 'BAD_USER_INPUT' } };
  logger.error({ requestId, err: error.originalError ?? error }, 'internal_error');
  return { message: 'Internal server error', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}

/** The codes of errors that Apollo raises before execution; ours, found inside, win over its own. */
export function formatRequestError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const code = gatewayErrorIn(error)?.code ?? formatted.extensions?.['code'];
  if (typeof code !== 'string' || !(code in ERROR_CODES) || code === 'INTERNAL_SERVER_ERROR') {
    return { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode } };
  }
  return { ...formatted, extensions: { ...formatted.extensions, code } };
}

/** The nearest error of the gateway among an error and what it wraps. */
function gatewayErrorIn(error: unknown): GatewayError | undefined {
  return causesOf(error).find((cause) => cause instanceof GatewayError);
}

/** GraphQL itself refused an argument: it then points at the argument's value, not at the field. */
function isArgumentError(error: GraphQLError): boolean {
  const raised = causesOf(error).at(-1);
  return raised instanceof GraphQLError && (raised.nodes?.some((node) => node.kind !== Kind.FIELD) ?? false);
}

/** An error and what it wraps, outermost first. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let current = error; current instanceof Error;) {
    causes.push(current);
    current = 'originalError' in current ? current.originalError : undefined;
  }
  return causes;
}
