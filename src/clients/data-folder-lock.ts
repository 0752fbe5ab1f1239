import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../errors.ts';

/** The right to use a data folder, held by this process. */
export interface DataFolderLock {
  /** Gives the folder free. Calling it again does nothing. */
  release(): void;
}

/** Another live process has the data folder. */
export class DataFolderInUseError extends OperatorError {
  /** Number of that process, or `unknown`. */
  readonly holder: string;

  constructor(folder: string, holder: string, options?: ErrorOptions) {
    super(
      `The data folder ${folder} is in use by another snowgate (process ${holder}). ` +
        'Stop it or set DATA_FOLDER to another folder.',
      options,
    );
    this.holder = holder;
  }
}

const SQLITE_BUSY = 5;

/**
 * Takes the data folder for this process alone. The kernel gives it free when the process ends, however it ends, so a
 * lock is never stale and a reused process number never matters.
 * @throws DataFolderInUseError when another live process has it, OperatorError when it is not writable.
 */
export function lockDataFolder(folder: string): DataFolderLock {
  const pidFile = join(folder, 'gateway.pid');
  // Node has no file locks of its own; SQLite takes the operating system's. Nothing else may open this file: closing
  // any other handle of it in this process would drop a POSIX lock.
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, 'gateway.lock'), { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${String(process.pid)}\n`);
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw new DataFolderInUseError(folder, holderOf(pidFile), { cause: error });
    throw new OperatorError(folderNotWritable(folder), { cause: error });
  }
  const held = database;
  return {
    release() {
      if (!held.isOpen) return;
      rmSync(pidFile, { force: true });
      held.close();
    },
  };
}

/** What to tell when files in the data folder cannot be made or changed. */
export function folderNotWritable(folder: string): string {
  return `The data folder ${folder} is not writable. Set DATA_FOLDER to a folder that this user may write to.`;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function holderOf(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim();
  } catch {
    // The other process has the lock and has not written its number yet, or has just removed it.
    return 'unknown';
  }
}
