import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';

/**
 * What went wrong between us and Snowflake:
 * - `session`: the session or its token is gone; the statement did not run
 * - `network`: no answer came back; the statement may have run
 * - `busy`: an HTTP status that asks to come back later (408, 429, 5xx)
 * - `broken`: an answer that is no answer: not JSON, rows missing, fewer rows than announced
 * - `unreadable`: a cell that its column's type does not allow
 * - `late`: Snowflake stopped the statement, because it took too long or was cancelled
 * - `down`: Snowflake says that it cannot work: no warehouse, not enough resources, out of order
 * - `refused`: the credentials were not accepted
 * - `statement`: an error in the statement itself
 */
export type SnowflakeFailure =
  'session' | 'network' | 'busy' | 'broken' | 'unreadable' | 'late' | 'down' | 'refused' | 'statement';

/** What follows from a failure. */
interface Consequences {
  /** The session is not used again: at once, or when this happens to it twice in a row. */
  readonly endsSession: 'never' | 'second time' | 'at once';
  /** The statement may have had an effect, so that only a read may be repeated. */
  readonly mayHaveRun: boolean;
  /** How many more times a read is tried, deadline permitting. */
  readonly retriesMax: number;
}

const CONSEQUENCES: Readonly<Record<SnowflakeFailure, Consequences>> = {
  // Twice: the first other session may have ended at the same moment.
  session: { endsSession: 'at once', mayHaveRun: false, retriesMax: 3 },
  // A session is not its socket; but a login helps when there is more behind it.
  network: { endsSession: 'second time', mayHaveRun: true, retriesMax: 3 },
  busy: { endsSession: 'never', mayHaveRun: true, retriesMax: 12 },
  broken: { endsSession: 'second time', mayHaveRun: true, retriesMax: 3 },
  unreadable: { endsSession: 'never', mayHaveRun: true, retriesMax: 1 },
  late: { endsSession: 'never', mayHaveRun: true, retriesMax: 0 },
  down: { endsSession: 'never', mayHaveRun: false, retriesMax: 0 },
  refused: { endsSession: 'at once', mayHaveRun: false, retriesMax: 0 },
  statement: { endsSession: 'never', mayHaveRun: true, retriesMax: 0 },
};

/**
 * An error of Snowflake or on the way to it. Holds what a person needs to look it up and nothing else: the driver's own
 * errors carry whole requests and responses.
 */
export class SnowflakeError extends Error {
  override readonly name = 'SnowflakeError';
  readonly failure: SnowflakeFailure;
  /** Snowflake's or the driver's code, in text; empty where there is none. */
  readonly code: string;
  readonly sqlState: string | undefined;
  readonly queryId: string | undefined;

  constructor(failure: SnowflakeFailure, message: string, details: SnowflakeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.failure = failure;
    this.code = details.code ?? '';
    this.sqlState = details.sqlState;
    this.queryId = details.queryId;
  }
}

/** What is known of an error beyond its message. */
export interface SnowflakeErrorDetails {
  readonly code?: string;
  readonly sqlState?: string | undefined;
  readonly queryId?: string | undefined;
  readonly cause?: unknown;
}

/** The consequences of a failure. */
export function consequencesOf({ failure }: SnowflakeError): Consequences {
  return CONSEQUENCES[failure];
}

/** An error of the driver, classified. An error that is ours already passes unchanged. */
export function toSnowflakeError(error: unknown): SnowflakeError {
  if (error instanceof SnowflakeError) return error;
  const driverError = asDriverError(error);
  const failure = failureOf(driverError);
  const code = driverError.code === undefined ? '' : String(driverError.code);
  const message = driverError.message.split('\n', 1)[0] ?? '';
  const queryId = driverError.data?.queryId;
  // The first line: what follows in a network error is the driver's advice.
  return new SnowflakeError(failure, [code, message].filter((part) => part !== '').join(': '), {
    code,
    sqlState: driverError.sqlState,
    queryId,
  });
}

/** An error as the callers of a client see it. Errors in the statement pass, with their code. */
export function toUpstreamError(error: unknown): unknown {
  if (!(error instanceof SnowflakeError)) return error;
  switch (error.failure) {
    case 'late':
      return new UpstreamTimeoutError({ cause: error });
    case 'session':
    case 'network':
    case 'busy':
    case 'broken':
    case 'down':
    case 'refused':
      return new UpstreamUnavailableError({ cause: error });
    case 'unreadable':
    case 'statement':
      return error;
  }
}

interface DriverError {
  readonly message: string;
  readonly code?: string | number | undefined;
  readonly sqlState?: string | undefined;
  readonly data?: { readonly queryId?: string } | undefined;
  readonly response?: { readonly statusCode?: number } | undefined;
  readonly cause?: unknown;
}

/** The driver throws what it likes; the fields are checked where they are read. */
function asDriverError(error: unknown): DriverError {
  if (error instanceof Error) return error;
  return { message: 'The driver failed without an error' };
}

const NETWORK_CODE = 401001;
const HTTP_STATUS_CODE = 401002;
const SESSION_CODES = new Set<unknown>([
  // Of the driver: not connected yet, no longer connected, HTTP 401 with a token that is not valid.
  407001,
  407002,
  401004,
  // Of Snowflake: token not valid, session gone, token expired, master token expired, identity token not valid, OAuth
  // token not valid or expired.
  '390104',
  '390111',
  '390112',
  '390114',
  '390195',
  '390303',
  '390318',
]);
const LATE_CODES = new Set<unknown>(['000604', '000630']);
const QUERY_CANCELED = '57014';
/** SQLSTATE classes that say nothing about the statement: connection, resources, operator intervention. */
const DOWN_CLASSES = new Set(['08', '53', '57', '58', 'XX']);

function failureOf({ code, sqlState, response, cause }: DriverError): SnowflakeFailure {
  if (SESSION_CODES.has(code)) return 'session';
  if (LATE_CODES.has(code) || sqlState === QUERY_CANCELED) return 'late';
  if (code === NETWORK_CODE) return cause instanceof SyntaxError ? 'broken' : 'network';
  if (code === HTTP_STATUS_CODE) return failureOfStatus(response?.statusCode ?? 0);
  // Chunks of large results: from another host, with errors of their own.
  if (code === 402001 || code === 402002) return 'network';
  // Without a code it is a defect of the driver or an answer that it did not expect.
  if (code === undefined || code === 401003) return 'broken';
  return typeof code === 'string' && DOWN_CLASSES.has((sqlState ?? '').slice(0, 2)) ? 'down' : 'statement';
}

function failureOfStatus(status: number): SnowflakeFailure {
  if (status === 401) return 'session';
  return status === 408 || status === 429 || status >= 500 ? 'busy' : 'down';
}
