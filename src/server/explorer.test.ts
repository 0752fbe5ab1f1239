import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerExplorer, wantsHtml } from './explorer.ts';
import { PAGE_CSP } from './page.ts';

const PAGE = '<!doctype html><title>Snowgate explorer</title>';
const SCRIPT = 'console.log("a chunk");'.repeat(100);
const CHUNK = '/explorer/chunk-5TO4GQST.js';

let folder: string;
let fastify: FastifyInstance;

/** What `npm run build:web` leaves behind, in small. */
async function givenBuiltExplorer(): Promise<void> {
  await mkdir(join(folder, 'explorer'));
  await writeFile(join(folder, 'explorer.html'), PAGE);
  await writeFile(join(folder, CHUNK), SCRIPT);
  await writeFile(join(folder, `${CHUNK}.br`), brotliCompressSync(SCRIPT));
  await writeFile(join(folder, `${CHUNK}.gz`), gzipSync(SCRIPT));
  await writeFile(join(folder, 'explorer', 'favicon.svg'), '<svg/>');
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-explorer-'));
  fastify = Fastify();
});

afterEach(async () => {
  await fastify.close();
  await rm(folder, { recursive: true });
});

describe('the page', () => {
  beforeEach(async () => {
    await givenBuiltExplorer();
    await registerExplorer(fastify, { folder });
    fastify.get('/graphql', (_request, reply) => reply.sendExplorer());
  });

  it.each(['/', '/graphql'])('is served at %s', async (url) => {
    const response = await fastify.inject(url);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.body).toBe(PAGE);
  });

  it('carries the security headers, and is asked for again on every visit', async () => {
    const { headers } = await fastify.inject('/');
    expect(headers).toMatchObject({
      'content-security-policy': PAGE_CSP,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      vary: 'accept',
    });
  });

  it('may run no inline script and load from no other host', () => {
    const sources = PAGE_CSP.split('; ').map((directive) => directive.split(' '));
    expect(sources.find(([name]) => name === 'script-src')).toEqual(['script-src', "'self'"]);
    expect(sources[0]).toEqual(['default-src', "'none'"]);
    const allowed = new Set(sources.flatMap(([, ...values]) => values));
    expect([...allowed].sort()).toEqual(["'none'", "'self'", "'unsafe-inline'", 'data:']);
  });

  it('is the newest build, without a restart', async () => {
    await writeFile(join(folder, 'explorer.html'), '<p>a later build</p>');
    expect((await fastify.inject('/')).body).toBe('<p>a later build</p>');
  });
});

describe('its files', () => {
  beforeEach(async () => {
    await givenBuiltExplorer();
    await registerExplorer(fastify, { folder });
  });

  it('go out as brotli, gzip or plain, whatever the browser takes', async () => {
    const get = (encoding: string) => fastify.inject({ url: CHUNK, headers: { 'accept-encoding': encoding } });
    const [brotli, gzip, plain] = await Promise.all([get('gzip, br'), get('gzip'), get('identity')]);
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(SCRIPT);
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(SCRIPT);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body).toBe(SCRIPT);
    for (const response of [brotli, gzip, plain]) {
      expect(response.headers['content-type']).toMatch(/javascript/);
      expect(response.headers.vary).toMatch(/accept-encoding/i);
    }
  });

  it.each(['br', 'identity'])('are kept for a year when named by content (%s)', async (encoding) => {
    const { headers } = await fastify.inject({ url: CHUNK, headers: { 'accept-encoding': encoding } });
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('are asked for again when their name stays the same across builds', async () => {
    const { headers } = await fastify.inject('/explorer/favicon.svg');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers.etag).toBeDefined();
  });

  it('bind workers to the same policy as the page', async () => {
    const { headers } = await fastify.inject(CHUNK);
    expect(headers['content-security-policy']).toBe(PAGE_CSP);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it.each(['/explorer/../explorer.html', '/explorer/%2e%2e/explorer.html', '/explorer/', '/explorer/none.js'])(
    'are the only ones that can be had: not %s',
    async (url) => {
      const response = await fastify.inject(url);
      expect([403, 404]).toContain(response.statusCode);
      expect(response.body).not.toContain(PAGE);
    },
  );
});

describe('without a build', () => {
  beforeEach(async () => {
    await registerExplorer(fastify, { folder });
    fastify.get('/healthz', () => 'alive');
  });

  it('says what to run, and leaves the rest of the server alone', async () => {
    const response = await fastify.inject('/');
    expect(response.statusCode).toBe(503);
    expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(response.body).toContain('npm run build:web');
    expect((await fastify.inject('/healthz')).body).toBe('alive');
  });

  it('serves the explorer as soon as it is built', async () => {
    await fastify.ready();
    await givenBuiltExplorer();
    expect((await fastify.inject('/')).body).toBe(PAGE);
    expect((await fastify.inject(CHUNK)).statusCode).toBe(200);
  });
});

describe('wantsHtml', () => {
  const CHROMIUM = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

  it.each([
    ['a browser', 'GET', CHROMIUM, true],
    ['a browser that asks for headers only', 'HEAD', CHROMIUM, true],
    ['a form', 'POST', CHROMIUM, false],
    ['curl', 'GET', '*/*', false],
    ['a client that says nothing', 'GET', undefined, false],
    ['a GraphQL client', 'GET', 'application/graphql-response+json, application/json;q=0.9', false],
    ['a client that takes JSON as gladly', 'GET', 'application/json, text/html', false],
    ['a client that prefers JSON', 'GET', 'text/html;q=0.5, application/json;q=0.9', false],
    ['a client that prefers HTML', 'GET', 'application/json;q=0.5, TEXT/HTML; charset=utf-8; q=0.9', true],
    ['a client that refuses HTML', 'GET', 'text/html;q=0, */*', false],
    ['a broken header', 'GET', ';;,q=,text/html;q=x', false],
  ])('answers for %s', (_who, method, accept, expected) => {
    expect(wantsHtml({ method, headers: accept === undefined ? {} : { accept } })).toBe(expected);
  });
});
