import type { ServerResponse } from 'node:http';
import { SnowflakeError } from '../errors.ts';

/** The envelope of every reply. */
export interface Envelope {
  readonly data: unknown;
  readonly code: string | null;
  readonly message: string | null;
  readonly success: boolean;
}

export const success = (data: unknown): Envelope => ({ data, code: null, message: null, success: true });

/** A failure without a statement, as of a login or a token. */
export const failure = (code: string, message: string): Envelope => ({ data: null, code, message, success: false });

/** A statement's error in Snowflake's shape. */
export function statementFailure(error: SnowflakeError, queryId: string): Envelope {
  const { code, sqlState, message, place } = error;
  const data = {
    internalError: false,
    errorCode: code,
    sqlState,
    queryId,
    line: place?.line ?? -1,
    pos: place?.column ?? -1,
    type: 'COMPILATION',
    age: 0,
  };
  return { data, code, message, success: false };
}

/** Any error as one of Snowflake; a defect of this server is said to be one. */
export function asSnowflakeError(error: unknown): SnowflakeError {
  if (error instanceof SnowflakeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SnowflakeError('300002', 'XX000', `Processing aborted by an error of the local Snowflake: ${message}`, {
    cause: error,
  });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
