import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isMissingFile, PAGE_HEADERS } from './page.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Answers with the explorer's page, 503 where it was not built. Only there after `registerExplorer`. */
    sendExplorer(): Promise<FastifyReply>;
  }
}

/** The build names a file by its contents (`chunk-5TO4GQST.js`), so a copy of it never goes stale. */
const NAMED_BY_CONTENT = /-[0-9A-Z]{8}\.[a-z]+(\.br|\.gz)?$/;

const MISSING =
  'The explorer is not built: run `npm run build:web` and load this page again. The API works without it.\n';

/** Options of `registerExplorer`. */
export interface ExplorerOptions {
  /** Folder that `npm run build:web` writes: web/dist. */
  readonly folder: string;
}

/**
 * Serves the explorer: its page at `/` and by `reply.sendExplorer()`, its files under `/explorer/`, which browsers keep
 * for a year when they are named by content. The page's links are relative: it fits any path that has no further slash
 * behind the gateway's root, also behind a proxy that adds a prefix. Where the folder was not built, the page is a 503
 * that says what to run, and everything else of the gateway works.
 *
 * Call it on the root instance, and await it before routes that use `reply.sendExplorer()`.
 */
export async function registerExplorer(fastify: FastifyInstance, { folder }: ExplorerOptions): Promise<void> {
  fastify.decorateReply('sendExplorer', function (this: FastifyReply) {
    return sendPage(this, join(folder, 'explorer.html'));
  });
  fastify.get('/', (_request, reply) => reply.sendExplorer());
  await fastify.register(fastifyStatic, {
    root: join(folder, 'explorer'),
    prefix: '/explorer/',
    index: false,
    decorateReply: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const caching = NAMED_BY_CONTENT.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
      void reply.headers({ ...PAGE_HEADERS, 'cache-control': caching });
    },
  });
}

/**
 * True when a browser asks for a page to look at: a GET whose Accept names `text/html`, and no JSON type at least as
 * much wanted. API clients send JSON types or only wildcards.
 */
export function wantsHtml({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const qualities = new Map((headers.accept ?? '').split(',').map(mediaRange));
  const quality = (type: string) => qualities.get(type) ?? 0;
  const html = quality('text/html');
  return html > 0 && html > quality('application/json') && html > quality('application/graphql-response+json');
}

/** `text/html;q=0.8` -> `['text/html', 0.8]`. */
function mediaRange(text: string): [type: string, quality: number] {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return [type, Number.parseFloat(quality) || 0];
}

// Read anew each time: after a build the page names other files.
async function sendPage(reply: FastifyReply, path: string): Promise<FastifyReply> {
  const page = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissingFile(error)) return undefined;
    throw error;
  });
  // The same address answers JSON to other clients.
  void reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache', vary: 'accept' });
  if (page === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(MISSING);
  return reply.type('text/html; charset=utf-8').send(page);
}
