/**
 * The registry of error codes: every code a client can see, with what it means and what to do. `docs/errors.md` is
 * tested against this list in both directions.
 */
export const ERROR_CODES = {
  BAD_USER_INPUT: 'An argument is malformed or out of range; `argument` names it.',
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  OPERATION_RESOLUTION_FAILURE: 'The operation to run is missing or ambiguous.',
  BAD_REQUEST: 'The HTTP request is not a GraphQL request.',
  OPERATION_TOO_COMPLEX: 'The operation exceeds a limit of depth, aliases, tokens or cost.',
  UPSTREAM_TIMEOUT: 'A system behind the gateway did not answer within its deadline.',
  UPSTREAM_UNAVAILABLE: 'A system behind the gateway cannot be reached.',
  INTERNAL_SERVER_ERROR: 'A defect of the gateway; quote `requestId` when reporting it.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * An error with a code of the registry. Its message may be shown to clients as it is: it never holds personal data,
 * connection strings or backend names. The original error travels as `cause` and reaches the log only.
 */
export abstract class GatewayError extends Error {
  abstract readonly code: ErrorCode;
  /** Further fields for `extensions`, safe to show. */
  readonly details: Readonly<Record<string, unknown>> = {};
}

/** An argument that cannot be used. `argument` is its path as the client wrote it, for example `filter.priceMax`. */
export class BadUserInputError extends GatewayError {
  override readonly name = 'BadUserInputError';
  readonly code = 'BAD_USER_INPUT';
  override readonly details: Readonly<{ argument: string }>;

  constructor(argument: string, problem: string) {
    super(`Argument "${argument}" ${problem}`);
    this.details = { argument };
  }
}

/** An operation that exceeds a limit. The message names the limit and the actual value. */
export class OperationTooComplexError extends GatewayError {
  override readonly name = 'OperationTooComplexError';
  readonly code = 'OPERATION_TOO_COMPLEX';
}

/** A backend that did not answer in time. Retrying later may help; the work may still have been done. */
export class UpstreamTimeoutError extends GatewayError {
  override readonly name = 'UpstreamTimeoutError';
  readonly code = 'UPSTREAM_TIMEOUT';

  constructor(options?: ErrorOptions) {
    super('A system behind the gateway did not answer in time. Try again.', options);
  }
}

/** A backend that cannot be reached or refuses to work. */
export class UpstreamUnavailableError extends GatewayError {
  override readonly name = 'UpstreamUnavailableError';
  readonly code = 'UPSTREAM_UNAVAILABLE';

  constructor(options?: ErrorOptions) {
    super('A system behind the gateway is unavailable. Try again in a few seconds.', options);
  }
}

/**
 * Something that keeps a command from starting or finishing and that the person at the keyboard can mend: `message` is
 * one sentence that says what is wrong and what to do. Never sent to clients of the API.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
