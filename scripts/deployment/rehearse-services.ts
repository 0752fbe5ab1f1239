import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { INSTALLATION } from '../../src/installation.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startTlsFront } from '../../test/support/tls-front.ts';
import type { BuiltImage } from './image-build.ts';
import { mountRoot, runInside, startInside, type MountedRoot } from './mounted-root.ts';

const READY_TIMEOUT_MS = 60_000;
/** What SPCS gives a container to end after SIGTERM. */
const GRACE_MS = 30_000;
const LOG_LINE_BYTES_MAX = 16_384;
/** Where SPCS puts the token of the service. */
const SESSION_FOLDER = 'snowflake/session';

/** What the services of the image stand on. */
export interface RehearsalOptions {
  readonly image: BuiltImage;
  /** A folder of our own on the file system of the layers. */
  readonly place: string;
  /** Settings that lead to a Postgres and a Snowflake with the same demo data. */
  readonly settings: Readonly<Record<string, string>>;
}

interface Specified {
  readonly env: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
  readonly readinessProbe: { readonly path: string };
  readonly livenessProbe: { readonly path: string };
}

interface RunningService {
  readonly url: string;
  readonly output: () => string;
  stop(): Promise<void>;
}

/**
 * Runs ranker and gateway of the image as deploy/spcs has them, as the image's user on a read-only root, asks them, and
 * stops them by SIGTERM. @throws AssertionError that says what does not hold.
 */
export async function rehearseServices({ image, place, settings }: RehearsalOptions): Promise<void> {
  const session = join(place, 'session');
  mkdirSync(session);
  const account = new URL(settings['SNOWFLAKE_ACCOUNT_URL'] ?? '');
  const tls = await startTlsFront(account, place);
  copyFileSync(settings['SNOWFLAKE_TOKEN_FILE'] ?? '', join(session, 'token'));
  // An account's certificate is known to Node; the local Snowflake's is told to it.
  copyFileSync(tls.certificateFile, join(session, 'certificate.pem'));
  const root = mountRoot([...image.folders, mountPoints(place)], join(place, 'run'));
  root.bind(session, SESSION_FOLDER, 'read-only');
  root.bind('/etc/hosts', 'etc/hosts', 'read-only');
  const container = containerOf(root, image);
  try {
    refuseWriting(root, image);
    const ranker = await container('ranker', {});
    const gateway = await container('gateway', {
      MODEL_ENDPOINT: ranker.url,
      DATABASE_URL: settings['DATABASE_URL'] ?? '',
      REDIS_URL: 'redis://127.0.0.1:1',
      SNOWFLAKE_ACCOUNT: settings['SNOWFLAKE_ACCOUNT'] ?? '',
      SNOWFLAKE_HOST: tls.host,
      SNOWFLAKE_SERVICE_NAME: 'GATEWAY',
      NODE_EXTRA_CA_CERTS: `/${SESSION_FOLDER}/certificate.pem`,
    });
    await askGateway(gateway.url);
    await gateway.stop();
    await ranker.stop();
    checkLog(gateway.output());
  } finally {
    root.unmount();
    await tls.close();
  }
}

/** Folders that an engine makes for what it mounts. */
function mountPoints(place: string): string {
  const folder = join(place, 'mount-points');
  mkdirSync(join(folder, SESSION_FOLDER), { recursive: true });
  return folder;
}

function refuseWriting(root: MountedRoot, image: BuiltImage): void {
  const attempt = 'touch /app/x /etc/x /home/node/x 2>/dev/null && exit 1; touch /tmp/x; test "$(id -u)" != 0';
  runInside(root, ['/bin/sh', '-c', attempt], confinementOf(image, {}));
}

function confinementOf(image: BuiltImage, settings: Readonly<Record<string, string>>) {
  const environment = { ...image.environment, ...settings };
  return { user: image.user, workingFolder: image.workingFolder, environment };
}

function containerOf(root: MountedRoot, image: BuiltImage) {
  return async (name: string, given: Readonly<Record<string, string>>): Promise<RunningService> => {
    const specified = specificationOf(name);
    const port = await freePort();
    const env = Object.entries(specified.env).map(([setting, value]) => [setting, String(value)]);
    // On the loopback and on a free port, because this is a machine with neighbours.
    const settings = { ...Object.fromEntries(env), ...given, HOST: '127.0.0.1', PORT: String(port) } as Record<
      string,
      string
    >;
    const confinement = confinementOf(image, settings);
    const words = [...image.entrypoint, ...(specified.args ?? image.command)];
    const child = startInside(root, words, confinement);
    const output = collect(child);
    const url = `http://127.0.0.1:${String(port)}`;
    try {
      await untilOk(`${url}${specified.readinessProbe.path}`, child, output);
      assert.equal((await fetch(`${url}${specified.livenessProbe.path}`)).status, 200, `${name} is alive`);
      runInside(root, image.healthCheck, confinement);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    console.log(`${name}: ready, alive and healthy as ${image.user} on a read-only root`);
    return {
      url,
      output: () => output.stdout,
      stop: () => stop(name, child, `${url}${specified.readinessProbe.path}`),
    };
  };
}

function specificationOf(name: string): Specified {
  const text = readFileSync(join(INSTALLATION.serviceSpecs, `${name}.yaml`), 'utf8');
  return (parse(text) as { spec: { containers: [Specified] } }).spec.containers[0];
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return output;
}

async function untilOk(url: string, child: ChildProcess, output: { stdout: string; stderr: string }): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await delay(200);
  }
  throw new Error(`${url} was not ready:\n${output.stdout}\n${output.stderr}`);
}

async function askGateway(url: string): Promise<void> {
  const json = async (response: Response): Promise<unknown> => {
    assert.equal(response.status, 200, response.url);
    return response.json();
  };
  const ready = (await json(await fetch(`${url}/readyz`))) as { parts: Record<string, string> };
  console.log(`/readyz: ${JSON.stringify(ready)}`);
  console.log(`/health: ${JSON.stringify(await json(await fetch(`${url}/health`)))}`);
  const query = readFileSync(join(INSTALLATION.operations, 'ranked-list.graphql'), 'utf8');
  const body = JSON.stringify({ query, variables: { customerId: '1000000', first: 5 } });
  const headers = { 'content-type': 'application/json' };
  const answer = await json(await fetch(`${url}/graphql`, { method: 'POST', headers, body }));
  const { data, errors, extensions } = answer as {
    data?: { recommendations?: { items: unknown[]; rung: string } };
    errors?: unknown;
    extensions?: unknown;
  };
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.equal(data?.recommendations?.items.length, 5, 'five products are recommended');
  console.log(`a ranked list by rung ${data.recommendations.rung}: ${JSON.stringify(extensions)}`);
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  assert.match(await page.text(), /<title>Snowgate explorer<\/title>/, 'the explorer is in the image');
}

/** SIGTERM: not ready at once, ended with 0 in time. */
async function stop(name: string, child: ChildProcess, readiness: string): Promise<void> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const start = performance.now();
  child.kill('SIGTERM');
  await delay(200);
  const status = await fetch(readiness).then(
    (response) => response.status,
    () => null,
  );
  if (status !== null) assert.equal(status, 503, `${name} is not ready once it stops`);
  const killing = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  const [code] = await ended;
  clearTimeout(killing);
  assert.equal(code, 0, `${name} ends by itself within ${String(GRACE_MS / 1000)} s`);
  console.log(`${name}: ended with 0 after ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function checkLog(text: string): void {
  const lines = text.split('\n').filter(Boolean);
  assert.ok(lines.length > 0, 'the gateway logs');
  for (const line of lines) {
    assert.doesNotThrow(() => JSON.parse(line) as unknown, `one JSON object a line: ${line}`);
    assert.ok(Buffer.byteLength(line) < LOG_LINE_BYTES_MAX, 'every line is below 16 KiB');
  }
}
