/**
 * Runs a k6 scenario: `node loadtest/run.ts smoke`. Starts a gateway of its own with fresh demo data and stops it at
 * the end; with GATEWAY_URL it loads that gateway instead. Exits with the code of k6.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway, type RunningGateway } from './gateway.ts';

const ROOT = join(import.meta.dirname, '..');
const OWN_K6 = join(ROOT, '.cache', 'bin', 'k6');
const CUSTOMERS = 500;

const scenario = join(ROOT, 'loadtest', 'scenarios', `${process.argv[2] ?? 'smoke'}.ts`);
if (!existsSync(scenario)) throw new Error(`There is no scenario ${scenario}`);

const k6 = findK6();
const givenUrl = process.env['GATEWAY_URL'];
const gateway = givenUrl === undefined ? await startGateway({ customers: CUSTOMERS }) : running(givenUrl);
try {
  process.exitCode = await runK6(gateway.url);
} finally {
  await gateway.stop();
}

/** The k6 on the PATH, else the one under .cache. */
function findK6(): string {
  if (spawnSync('k6', ['version']).status === 0) return 'k6';
  if (existsSync(OWN_K6)) return OWN_K6;
  throw new Error('k6 is missing. Run: GOBIN="$PWD/.cache/bin" go install go.k6.io/k6@latest');
}

function running(url: string): RunningGateway {
  return { url: url.replace(/\/$/, ''), pid: undefined, stop: () => Promise.resolve() };
}

async function runK6(url: string): Promise<number> {
  const child = spawn(k6, ['run', '--quiet', '--no-usage-report', scenario], {
    cwd: ROOT,
    env: { ...process.env, GATEWAY_URL: url, CUSTOMERS: String(CUSTOMERS) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
