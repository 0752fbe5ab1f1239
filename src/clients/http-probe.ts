import { OperatorError } from '../errors.ts';

/** What a host says of itself without being asked for anything. */
export interface HttpProbe {
  readonly status: number;
  /** How far this machine's clock is ahead of the host's; null when the answer has no date. */
  readonly clockSkewMs: number | null;
  readonly tookMs: number;
}

/**
 * Asks an address for anything at all: every answer will do, redirects are not followed.
 * @throws OperatorError that says why nothing answered within `deadlineMs`.
 */
export async function probeHttp(url: string, deadlineMs: number, method: 'GET' | 'POST' = 'GET'): Promise<HttpProbe> {
  const startedAt = performance.now();
  const { host } = new URL(url);
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    const response = await fetch(url, { method, redirect: 'manual', signal });
    await response.body?.cancel();
    const serverMs = Date.parse(response.headers.get('date') ?? '');
    return {
      status: response.status,
      clockSkewMs: Number.isNaN(serverMs) ? null : Date.now() - serverMs,
      tookMs: performance.now() - startedAt,
    };
  } catch (cause) {
    if (signal.aborted)
      throw new OperatorError(`${host} does not answer within ${deadlineMs / 1000} seconds.`, { cause });
    throw new OperatorError(problemOf(cause, host), { cause });
  }
}

function problemOf(error: unknown, host: string): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no code';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host name ${host} is unknown.`;
  if (code === 'ECONNREFUSED') return `nothing listens on ${host}.`;
  if (/CERT|SIGNATURE|SSL|TLS/.test(code)) {
    return `the certificate of ${host} is not trusted (${code}). Does a proxy open the connection? Then let NODE_EXTRA_CA_CERTS name its certificate.`;
  }
  return `${host} cannot be reached (${code}).`;
}
