import { execFile } from 'node:child_process';
import { readFileSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { OperatorError } from '../errors.ts';

/** As whom a Postgres program runs, and what it takes to start it so. */
export interface PostgresAccount {
  /** Set when the program must run as another user than this process; its folders must belong to that user. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Words to put in front of the program and its arguments; often none. */
  readonly prefix: readonly string[];
}

/** Capability numbers of linux/capability.h. */
const CAPABILITIES = { dac_override: 1, dac_read_search: 2 } as const;

type Capability = keyof typeof CAPABILITIES;

/**
 * Chooses the account: this process's own, or when that is root, which Postgres refuses, the owner of `clusterFolder`,
 * and `nobody` for a new one. No account is ever created.
 *
 * `nobody` cannot walk through a closed home folder such as /root. Where `programs` or the data lie behind one, Postgres
 * keeps of root's rights the one to pass through folders, which takes Linux and util-linux's setpriv.
 * @throws OperatorError when Postgres cannot run as root here.
 */
export async function choosePostgresAccount(
  clusterFolder: string,
  programs: readonly string[],
): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const owner = ownerOf(clusterFolder) ?? (await nobody());
  const closed = [clusterFolder, ...programs].map((path) => closedFolderOnTheWay(path, owner)).find((path) => path);
  if (closed === undefined) return { owner, prefix: [] };
  // To pass through folders it is enough to be exempt from reading rights; to run a program that only root may run,
  // one must be exempt from all.
  const mayRunPrograms = programs.every((path) => mayEnter(statSync(path), owner));
  const capabilities: Capability[] = mayRunPrograms ? ['dac_read_search', 'dac_override'] : ['dac_override'];
  return { owner, prefix: await passingThroughFolders(closed, owner, capabilities) };
}

function ownerOf(folder: string): { uid: number; gid: number } | undefined {
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 };
  return uid === 0 ? undefined : { uid, gid };
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const run = promisify(execFile);
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'nobody']), run('id', ['-g', 'nobody'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch (cause) {
    throw new OperatorError(
      'Postgres does not run as root and this machine has no account "nobody". ' +
        'Start as a normal user, or set DATABASE_URL to a Postgres of yours.',
      { cause },
    );
  }
}

/** The first folder or file between the root and `path` that the account may not enter or run. */
function closedFolderOnTheWay(path: string, owner: { uid: number; gid: number }): string | undefined {
  const parent = dirname(path);
  const closedParent = parent === path ? undefined : closedFolderOnTheWay(parent, owner);
  if (closedParent !== undefined) return closedParent;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || mayEnter(stats, owner) ? undefined : path;
}

function mayEnter({ mode, uid, gid }: Stats, owner: { uid: number; gid: number }): boolean {
  if (uid === owner.uid) return (mode & 0o100) !== 0;
  if (gid === owner.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

async function passingThroughFolders(
  closed: string,
  owner: { uid: number; gid: number },
  capabilities: readonly Capability[],
): Promise<string[]> {
  const held = heldCapabilities();
  const capability = capabilities.find((candidate) => held.includes(candidate));
  if (capability !== undefined) {
    const [setpriv, ...words] = setprivCommand(capability, owner);
    const isUsable = await promisify(execFile)(setpriv, [...words, 'true']).then(
      () => true,
      () => false,
    );
    if (isUsable) return [setpriv, ...words];
  }
  throw new OperatorError(
    `Postgres does not run as root, and the account it would run as may not enter ${closed}. Start as a normal user, ` +
      'move the installation and DATA_FOLDER to folders open to all, or set DATABASE_URL to a Postgres of yours.',
  );
}

/** Those that root has here: containers often take some away. */
function heldCapabilities(): Capability[] {
  if (process.platform !== 'linux') return [];
  const permitted = /^CapPrm:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const holds = (bit: number): boolean => ((BigInt(`0x${permitted}`) >> BigInt(bit)) & 1n) === 1n;
  return (Object.keys(CAPABILITIES) as Capability[]).filter((name) => holds(CAPABILITIES[name]));
}

function setprivCommand(capability: Capability, { uid, gid }: { uid: number; gid: number }): [string, ...string[]] {
  const ids = [`--reuid=${String(uid)}`, `--regid=${String(gid)}`, '--clear-groups'];
  // Without the secure bit access(2), by which initdb looks for its sibling program, ignores capabilities.
  const rights = [`--inh-caps=+${capability}`, `--ambient-caps=+${capability}`, '--securebits=+no_setuid_fixup'];
  return ['setpriv', ...ids, ...rights, '--'];
}
