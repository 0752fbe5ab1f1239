import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { broken, ok, skipped, type Check, type Outcome } from './finding.ts';

/** What the program runs on. */
export interface Machine {
  readonly nodeVersion: string;
  /** Folder of the built explorer; undefined when it is turned off. */
  readonly explorerFolder: string | undefined;
  readonly host: string;
  readonly port: number;
}

const NODE_MAJOR_MIN = 24;
const GATEWAY_TIMEOUT_MS = 1000;
const DEADLINE_MS = 5000;

/** Node, the explorer's files and the port. */
export function machineChecks(machine: Machine): readonly Check[] {
  const check = (name: string, fix: string, look: Check['look']): Check => ({
    group: 'machine',
    name,
    deadlineMs: DEADLINE_MS,
    fix,
    look,
  });
  return [
    check('node', 'Start through npm (npm start), which brings its own Node.', () => checkNode(machine)),
    check('explorer', 'Run npm run build:web, or set EXPLORER=false.', () => checkExplorer(machine)),
    check('port', 'Set PORT or HOST.', () => checkPort(machine)),
  ];
}

function checkNode({ nodeVersion }: Machine): Outcome {
  if (Number.parseInt(nodeVersion, 10) >= NODE_MAJOR_MIN) return ok(`Node ${nodeVersion}`);
  return broken(
    `Node ${nodeVersion} is too old, ${NODE_MAJOR_MIN} is needed`,
    'Start through npm (npm start), which brings its own.',
  );
}

function checkExplorer({ explorerFolder }: Machine): Outcome {
  if (explorerFolder === undefined) return skipped('turned off (EXPLORER=false)');
  if (existsSync(join(explorerFolder, 'explorer.html'))) return ok('built');
  return broken('the explorer is not built', 'Run npm run build:web, or set EXPLORER=false.');
}

async function checkPort({ host, port }: Machine): Promise<Outcome> {
  const probe = createServer();
  try {
    await once(probe.listen(port, host), 'listening');
    return ok(`${host}:${port} is free`);
  } catch (error) {
    if (await isGateway(host, port)) return ok(`a snowgate listens on ${host}:${port} already`);
    const problem = error instanceof Error ? error.message : String(error);
    return broken(`${host}:${port} cannot be listened on (${problem})`, 'Set PORT or HOST.');
  } finally {
    probe.close();
  }
}

async function isGateway(host: string, port: number): Promise<boolean> {
  const address = host.includes(':') ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(GATEWAY_TIMEOUT_MS);
    return (await fetch(`http://${address}:${port}/healthz`, { signal })).ok;
  } catch {
    return false;
  }
}
