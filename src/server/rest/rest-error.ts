import type { ErrorCode } from '../../errors.ts';
import type { PythonValue } from './python-json.ts';

/** A request, or a row of one, that cannot be answered. `message` is one sentence for the client. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;
  /** A word for programs, for example `bad_request`. */
  readonly error: string;

  constructor(status: number, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }

  /** As it stands in an answer or in a row of one. */
  toAnswer(): Readonly<Record<string, PythonValue>> {
    return { error: this.error, message: this.message };
  }
}

/** What the client wrote cannot be used. */
export function badRequest(message: string): RestError {
  return new RestError(400, 'bad_request', message);
}

const STATUS_BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  BAD_USER_INPUT: 400,
  OPERATION_TOO_COMPLEX: 400,
  UPSTREAM_TIMEOUT: 504,
  UPSTREAM_UNAVAILABLE: 503,
};

/** An error of an operation as the routes tell it. */
export function fromOperationError(error: { readonly message: string; readonly code: unknown }): RestError {
  const code = typeof error.code === 'string' ? error.code : 'INTERNAL_SERVER_ERROR';
  const status = STATUS_BY_CODE[code as ErrorCode] ?? 500;
  return new RestError(status, status === 400 ? 'bad_request' : code.toLowerCase(), error.message);
}
