/**
 * Bundles the browser pages into web/dist, with a brotli and a gzip twin of every file that gains by it. Does nothing
 * when neither the sources nor the locked dependencies changed since the last build, and nothing when the dev
 * dependencies are not installed (docs/adr/0002-explorer-bundle.md).
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { BuildOptions, BuildResult, OutputFile } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'web', 'explorer');
const TEST_PAGE_SOURCE = join(ROOT, 'web', 'test-page');
const DIST = join(ROOT, 'web', 'dist');
const ASSETS = join(DIST, 'explorer');
const STAMP = join(DIST, '.stamp');

/** Below this a compressed twin saves less than its own headers. */
const COMPRESS_BYTES_MIN = 1024;
/** 6 costs about 0.15 s for all files; 9 costs 0.8 s and saves 2 % more. */
const BROTLI_QUALITY = 6;

/** The background threads of the editor; the page finds their files in its own markup (see explorer.jsx). */
const WORKERS = ['editor', 'json', 'graphql'];

const BUNDLE = {
  absWorkingDir: ROOT,
  entryPoints: ['web/explorer/explorer.jsx', ...WORKERS.map((name) => `web/explorer/workers/${name}.worker.js`)],
  outdir: ASSETS,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  loader: { '.ttf': 'file', '.graphql': 'text' },
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
  metafile: true,
} as const satisfies BuildOptions;

type Bundle = BuildResult<typeof BUNDLE>;

/** A file to serve, its path relative to web/dist. */
interface PageFile {
  readonly path: string;
  readonly contents: Uint8Array;
}

/** Everything that decides what the bundle looks like: our sources, the example operations, the locked dependencies. */
async function fingerprint(): Promise<string> {
  const listed = await Promise.all(
    [SOURCE, TEST_PAGE_SOURCE, join(ROOT, 'schema', 'operations')].map(async (folder) => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  const paths = [...listed.flat(), import.meta.filename, join(ROOT, 'package-lock.json')].sort();
  const hash = createHash('sha256');
  for (const path of paths) hash.update(`${relative(ROOT, path)}\0`).update(await readFile(path));
  return hash.digest('hex');
}

async function stampOfLastBuild(): Promise<string | undefined> {
  return readFile(STAMP, 'utf8').catch(() => undefined);
}

/** The bundler, or undefined where the dev dependencies are left out, as in the container image. */
async function loadBundler(): Promise<typeof import('esbuild') | undefined> {
  try {
    import.meta.resolve('graphiql');
    return await import('esbuild');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function outputOf({ metafile }: Bundle, source: string) {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === `web/explorer/${source}`);
  if (!found) throw new Error(`The bundle lacks ${source}.`);
  return { path: found[0], ...found[1] };
}

/** URL of an asset, relative to the page. */
const url = (path: string) => `explorer/${basename(path)}`;

/** What the page needs at once, so that the browser asks for all of it without waiting in between. */
function headLinks(bundle: Bundle): string {
  const { path, cssBundle = '', imports } = outputOf(bundle, 'explorer.jsx');
  const chunks = imports.filter(({ kind }) => kind === 'import-statement');
  return [
    `<link rel="stylesheet" href="${url(cssBundle)}" />`,
    ...chunks.map((chunk) => `<link rel="modulepreload" href="${url(chunk.path)}" />`),
    `<script type="module" src="${url(path)}"></script>`,
  ].join('\n    ');
}

function workerAttributes(bundle: Bundle): string {
  return WORKERS.map((name) => `data-${name}-worker="${url(outputOf(bundle, `workers/${name}.worker.js`).path)}"`).join(
    ' ',
  );
}

/** Style sheets of chunks repeat parts of the page's own and nothing loads them. */
function isServed({ path }: OutputFile, html: string): boolean {
  return !path.endsWith('.css') || html.includes(url(path));
}

async function pageFiles(bundle: Bundle): Promise<readonly PageFile[]> {
  const template = await readFile(join(SOURCE, 'index.html'), 'utf8');
  const html = template.replace('<!-- assets -->', headLinks(bundle)).replace('data-workers', workerAttributes(bundle));
  const assets = bundle.outputFiles.filter((file) => isServed(file, html));
  return [
    ...assets.map(({ path, contents }) => ({ path: relative(DIST, path), contents })),
    { path: 'explorer/favicon.svg', contents: await readFile(join(SOURCE, 'favicon.svg')) },
    { path: 'explorer.html', contents: Buffer.from(html) },
  ];
}

/** The test page is small enough to be served as it is written. */
async function testPageFiles(): Promise<readonly PageFile[]> {
  const read = (name: string) => readFile(join(TEST_PAGE_SOURCE, name));
  return [
    { path: 'test-page.html', contents: await read('index.html') },
    { path: 'test-page/test-page.css', contents: await read('test-page.css') },
    { path: 'test-page/test-page.js', contents: await read('test-page.js') },
    { path: 'test-page/favicon.svg', contents: await readFile(join(SOURCE, 'favicon.svg')) },
  ];
}

async function compressedTwins({ path, contents }: PageFile): Promise<readonly PageFile[]> {
  if (contents.length < COMPRESS_BYTES_MIN || path.endsWith('.html')) return [];
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  const [brotli, gzipped] = await Promise.all([
    promisify(brotliCompress)(contents, { params }),
    promisify(gzip)(contents),
  ]);
  return [
    { path: `${path}.br`, contents: brotli },
    { path: `${path}.gz`, contents: gzipped },
  ];
}

const megabytes = (files: readonly PageFile[]) =>
  (files.reduce((sum, { contents }) => sum + contents.length, 0) / 1_000_000).toFixed(1);

async function main(): Promise<void> {
  const started = performance.now();
  const stamp = await fingerprint();
  if ((await stampOfLastBuild()) === stamp) {
    console.log('web/dist is up to date.');
    return;
  }
  const bundler = await loadBundler();
  if (!bundler) {
    console.log('web/dist was not built: the dev dependencies are not installed.');
    return;
  }
  const files = [...(await pageFiles(await bundler.build(BUNDLE))), ...(await testPageFiles())];
  const twins = (await Promise.all(files.map(compressedTwins))).flat();
  await rm(DIST, { recursive: true, force: true });
  await mkdir(ASSETS, { recursive: true });
  await mkdir(join(DIST, 'test-page'));
  await Promise.all([...files, ...twins].map(({ path, contents }) => writeFile(join(DIST, path), contents)));
  // Last, so that a build that was interrupted is done again.
  await writeFile(STAMP, stamp);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const brotli = megabytes(twins.filter(({ path }) => path.endsWith('.br')));
  console.log(
    `web/dist built in ${seconds} s: ${String(files.length)} files, ${megabytes(files)} MB, ${brotli} MB as brotli.`,
  );
}

await main();
