import { readFile } from 'node:fs/promises';
import { OperatorError } from '../errors.ts';

/** The address of a service, as far as it is known. */
export interface Endpoint {
  /** @throws what asking for it threw, and OperatorError as `parseModelEndpoint`. */
  readonly url: () => Promise<URL>;
  /** Has it asked for again. */
  readonly forget: () => void;
}

/** Hosts that no network is in between. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Reads the address of a service: `http://host:5000` or `https://host`; without a path `/predict-proba` is added.
 * @throws OperatorError when it is no such address, or one that gives classes instead of probabilities.
 */
export function parseModelEndpoint(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new OperatorError('MODEL_ENDPOINT must look like http://host:5000 or https://host, without a password.');
  }
  if (/^\/predict\/?$/.test(url.pathname)) {
    throw new OperatorError(
      'MODEL_ENDPOINT ends in /predict, which gives classes and no order. Leave the path out or end it in /predict-proba.',
    );
  }
  if (url.pathname === '/') url.pathname = '/predict-proba';
  return url;
}

/** Asks for the address when it is first needed; a failure is not remembered. */
export function rememberEndpoint(resolve: () => Promise<string>): Endpoint {
  let resolving: Promise<URL> | undefined;
  const forget = (): void => {
    resolving = undefined;
  };
  return {
    url() {
      if (resolving) return resolving;
      const asked = resolve().then(parseModelEndpoint);
      resolving = asked;
      asked.catch(() => {
        if (resolving === asked) forget();
      });
      return asked;
    },
    forget,
  };
}

/**
 * The header for a public endpoint, with the token that the file holds now.
 * @throws Error when the file holds no token, or the token would travel in plain text.
 */
export async function authorization(url: URL, tokenFile: string): Promise<Readonly<Record<string, string>>> {
  if (url.protocol !== 'https:' && !LOOPBACK.has(url.hostname)) {
    throw new Error('A token is sent over https only; mend MODEL_ENDPOINT or unset MODEL_TOKEN_FILE');
  }
  const token = (await readFile(tokenFile, 'utf8')).trim();
  if (!/^[\x21\x23-\x7e]+$/.test(token)) throw new Error('The file of MODEL_TOKEN_FILE holds no token');
  return { authorization: `Snowflake Token="${token}"` };
}
