import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { isMissingFile, PAGE_HEADERS } from '../page.ts';

/** Options of `registerTestPage`. */
export interface TestPageOptions {
  /** Folder that `npm run build:web` writes: web/dist. */
  readonly folder: string;
}

const MISSING =
  'The test page is not built: run `npm run build:web` and load this page again. The API works without it.\n';

/** Serves the page at `/test` on which people try the routes by hand, and its files under `/test-page/`. */
export async function registerTestPage(fastify: FastifyInstance, { folder }: TestPageOptions): Promise<void> {
  fastify.get('/test', async (_request, reply) => {
    const page = await readFile(join(folder, 'test-page.html'), 'utf8').catch((error: unknown) => {
      if (isMissingFile(error)) return undefined;
      throw error;
    });
    void reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache' });
    if (page === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(MISSING);
    return reply.type('text/html; charset=utf-8').send(page);
  });
  await fastify.register(fastifyStatic, {
    root: join(folder, 'test-page'),
    prefix: '/test-page/',
    index: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply) => void reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache' }),
  });
}
