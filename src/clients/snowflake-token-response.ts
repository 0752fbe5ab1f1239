/** What an account answered when asked for a token. */
export interface TokenResponse {
  readonly status: number;
  /** The token, when the answer is one. */
  readonly token: string | undefined;
  /** The beginning of any other answer, without secrets, on one line. */
  readonly excerpt: string;
  /** How far this machine's clock is ahead of the server's; null when the answer has no date. */
  readonly clockSkewMs: number | null;
}

const BYTES_MAX = 65_536;
const EXCERPT_LENGTH_MAX = 200;
const CLOCK_SKEW_MS_MAX = 60_000;
/** What may stand between the quotes of the header. */
const TOKEN = /^[\x21\x23-\x7e]+$/;
/** Three parts of base64url are a token, whoever made it. */
const JWT_LIKE = /[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g;
const LONG_WORD = /[\w+/=.-]{40,}/g;

/**
 * Reads an answer: the token as plain text or, as some answers have it, in JSON.
 * @param secret What was sent, so that an answer that repeats it is not passed on.
 */
export async function readTokenResponse(response: Response, secret: string): Promise<TokenResponse> {
  const text = (await readStart(response)).trim();
  const token = response.ok ? tokenIn(text) : undefined;
  const excerpt = token === undefined ? scrub(messageIn(text), secret) : '';
  return { status: response.status, token, excerpt, clockSkewMs: clockSkewOf(response) };
}

/** A sentence about a clock that is wrong by more than a minute, or null. */
export function describeClockSkew(clockSkewMs: number | null): string | null {
  if (clockSkewMs === null || Math.abs(clockSkewMs) <= CLOCK_SKEW_MS_MAX) return null;
  const direction = clockSkewMs > 0 ? 'ahead of' : 'behind';
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  return `This machine's clock is ${seconds} seconds ${direction} Snowflake's: set it right.`;
}

async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body = response.body as ReadableStream<Uint8Array> | null;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, BYTES_MAX).toString('utf8');
}

function tokenIn(text: string): string | undefined {
  const fields = jsonFields(text);
  const token = fields ? (fields['access_token'] ?? fields['token']) : text;
  return typeof token === 'string' && TOKEN.test(token) && !token.startsWith('<') ? token : undefined;
}

function messageIn(text: string): string {
  const fields = jsonFields(text);
  const known = [fields?.['code'], fields?.['error'], fields?.['message'], fields?.['error_description']];
  const message = known.filter((part) => typeof part === 'string' && part !== '').join(' ');
  return message === '' ? text : message;
}

function jsonFields(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function scrub(text: string, secret: string): string {
  const safe = text
    .replaceAll(secret, '***')
    .replaceAll(encodeURIComponent(secret), '***')
    .replaceAll(JWT_LIKE, '***')
    .replaceAll(LONG_WORD, '***')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  if (safe === '') return 'no text';
  return safe.length > EXCERPT_LENGTH_MAX ? `${safe.slice(0, EXCERPT_LENGTH_MAX)}…` : safe;
}

function clockSkewOf(response: Response): number | null {
  const serverMs = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(serverMs) ? null : Date.now() - serverMs;
}
