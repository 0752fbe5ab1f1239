import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

/** Structured log: an event name plus fields. Never log variables, SQL parameters, ids of people, tokens or headers. */
export type Logger = PinoLogger;

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** What one record of a container's log holds at most; Snowflake cuts longer ones, and half a line is no JSON. */
const LINE_BYTES_MAX = 16_384;
/** Escaped once more and in three bytes each, so many characters still fit into a line. */
const EXCERPT_LENGTH = 4000;

/** JSON lines of less than 16 KiB on stdout, or on `destination`. Errors are logged with their chain of causes. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    serializers: { err: describeError },
    hooks: { streamWrite: shortLine },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** The line itself, or what identifies it and its beginning. */
function shortLine(line: string): string {
  if (Buffer.byteLength(line) < LINE_BYTES_MAX) return line;
  const { level, time, msg } = JSON.parse(line) as Record<string, unknown>;
  const event = typeof msg === 'string' ? msg.slice(0, EXCERPT_LENGTH / 40) : undefined;
  return `${JSON.stringify({ level, time, msg: event, cut: line.slice(0, EXCERPT_LENGTH) })}\n`;
}

const CAUSES_MAX = 5;

/**
 * Name, code, message and stack of an error and of what caused it. Drivers hang their connections, statements and keys
 * on their errors; none of that is passed on.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? error : 'not an error' };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause =
    error.cause === undefined || depth >= CAUSES_MAX ? {} : { cause: describeError(error.cause, depth + 1) };
  return { type: error.name, ...code, message: error.message, stack: error.stack, ...cause };
}
