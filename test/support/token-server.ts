import { once } from 'node:events';
import { verify, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer that is no token of ours; `{secret}` in the body stands for what the client sent. */
export interface TokenServerAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** What a token server knows and how it behaves; tests change it. */
export interface TokenServerRules {
  /** `<ACCOUNT>.<USER>` whose key it has. */
  subject: string;
  publicKey: KeyObject;
  fingerprint: string;
  pat: string;
  role: string;
  endpointHost: string;
  /** The order of role and host that it takes. */
  scopeOrder: 'role-first' | 'endpoint-first';
  /** How long its tokens live. */
  lifetimeSeconds: number;
  /** How far its clock is ahead of ours. */
  clockAheadMs: number;
  /** Answers instead of a token, or never. */
  answerWith: TokenServerAnswer | 'hang' | null;
}

/** A stand-in for `/oauth/token` of an account and for an endpoint behind the ingress. */
export interface TokenServer {
  readonly url: string;
  readonly rules: TokenServerRules;
  /** The forms that came in, as they came. */
  readonly forms: URLSearchParams[];
  close(): Promise<void>;
}

/** Starts a token server on a free loopback port; it checks every request strictly. */
export async function startTokenServer(rules: TokenServerRules): Promise<TokenServer> {
  const forms: URLSearchParams[] = [];
  const issued = new Map<string, number>();
  const server = createServer((request, response) => {
    response.sendDate = false;
    response.setHeader('date', new Date(Date.now() + rules.clockAheadMs).toUTCString());
    if (request.url === '/oauth/token') void answerToken({ request, response, rules, forms, issued });
    else answerEndpoint(request, response, issued);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    rules,
    forms,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface TokenExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly rules: TokenServerRules;
  readonly forms: URLSearchParams[];
  readonly issued: Map<string, number>;
}

async function answerToken({ request, response, rules, forms, issued }: TokenExchange): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const form = new URLSearchParams(body);
  forms.push(form);
  if (rules.answerWith === 'hang') return;
  if (rules.answerWith) {
    const secret = form.get('assertion') ?? form.get('subject_token') ?? '';
    const { status, headers, body: text } = rules.answerWith;
    response.writeHead(status, headers).end(text.replaceAll('{secret}', secret));
    return;
  }
  const contentType = request.headers['content-type'] ?? '';
  const problem =
    request.method !== 'POST' || !contentType.startsWith('application/x-www-form-urlencoded')
      ? { status: 400, message: 'not a form' }
      : (problemOfGrant(form, rules) ?? problemOfScope(form, rules));
  if (problem) {
    response.writeHead(problem.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data: null, code: '390144', message: problem.message, success: false }));
    return;
  }
  const expiry = Math.floor((Date.now() + rules.clockAheadMs) / 1000) + rules.lifetimeSeconds;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'ES256' })}.${part({ exp: expiry, n: issued.size })}.c2lnbmF0dXJl`;
  issued.set(token, expiry);
  response.writeHead(200, { 'content-type': 'text/plain' }).end(token);
}

function problemOfGrant(form: URLSearchParams, rules: TokenServerRules): { status: number; message: string } | null {
  switch (form.get('grant_type')) {
    case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
      return isOurJwt(form.get('assertion') ?? '', rules) ? null : { status: 401, message: 'JWT token is invalid.' };
    case 'urn:ietf:params:oauth:grant-type:token-exchange':
      if (form.get('subject_token_type') !== 'programmatic_access_token')
        return { status: 400, message: 'unknown subject_token_type' };
      return form.get('subject_token') === rules.pat ? null : { status: 401, message: 'token is invalid' };
    case null:
    default:
      return { status: 400, message: 'unsupported_grant_type' };
  }
}

function isOurJwt(jwt: string, rules: TokenServerRules): boolean {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const nowSeconds = (Date.now() + rules.clockAheadMs) / 1000;
  const content = Buffer.from(`${header}.${payload}`);
  return (
    verify('RSA-SHA256', content, rules.publicKey, Buffer.from(signature, 'base64url')) &&
    claims['sub'] === rules.subject &&
    claims['iss'] === `${rules.subject}.${rules.fingerprint}` &&
    Number(claims['iat']) <= nowSeconds + 1 &&
    Number(claims['exp']) > nowSeconds &&
    Number(claims['exp']) - Number(claims['iat']) <= 3600
  );
}

function problemOfScope(form: URLSearchParams, rules: TokenServerRules): { status: number; message: string } | null {
  const isJwt = form.get('grant_type')?.endsWith('jwt-bearer') === true;
  const role = `${isJwt ? 'session:role' : 'session:scope'}:${rules.role}`;
  const both = rules.scopeOrder === 'role-first' ? `${role} ${rules.endpointHost}` : `${rules.endpointHost} ${role}`;
  const scope = form.get('scope');
  return scope === both || scope === rules.endpointHost
    ? null
    : { status: 400, message: `invalid_scope ${String(scope)}` };
}

function answerEndpoint(request: IncomingMessage, response: ServerResponse, issued: ReadonlyMap<string, number>): void {
  const [, token = ''] = /^Snowflake Token="([^"]+)"$/.exec(request.headers.authorization ?? '') ?? [];
  const isValid = (issued.get(token) ?? 0) > Date.now() / 1000;
  response.writeHead(isValid ? 200 : 401).end();
}
