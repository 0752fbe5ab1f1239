import { createWriteStream, openSync, rmSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { OperatorError } from '../../errors.ts';

/** A row that does not come in. */
export interface Reject {
  readonly file: string;
  readonly line: number;
  /** The column that is to blame; empty for the row as a whole. */
  readonly column: string;
  readonly problem: string;
  /** The row as it is in the file, or as it would have landed. */
  readonly row: unknown;
}

/** Rejects that are kept at hand to be shown. */
const SHOWN_MAX = 1000;
const OWNER_ONLY = 0o600;
const HEADER = 'file,line,column,problem,row\n';

/** Writes rejected rows into a CSV file, as they come. The file is made with the first, for its owner's eyes only. */
export class RejectsFile {
  readonly path: string;
  /** The first rejects, for people. */
  readonly shown: Omit<Reject, 'row'>[] = [];
  #count = 0;
  #stream: WriteStream | undefined;
  #failure: OperatorError | undefined;

  /** A file of an earlier run goes away. @throws OperatorError when it cannot. */
  constructor(path: string) {
    this.path = path;
    try {
      rmSync(path, { force: true });
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** How many problems were found; 0 means that there is no file. */
  get count(): number {
    return this.#count;
  }

  /** Waits while the disk is slower. @throws OperatorError when the file cannot be written. */
  async add({ file, line, column, problem, row }: Reject): Promise<void> {
    const stream = this.#open();
    this.#count++;
    if (this.shown.length < SHOWN_MAX) this.shown.push({ file, line, column, problem });
    const cells = [file, String(line), column, problem, JSON.stringify(row)];
    const isFull = !stream.write(`${cells.map(quoted).join(',')}\n`);
    if (isFull && !this.#failure) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
    if (this.#failure) throw this.#failure;
  }

  /** Resolves when everything is on disk. @throws as `add` does. */
  async close(): Promise<void> {
    if (!this.#stream || this.#failure) return;
    this.#stream.end();
    await finished(this.#stream).catch((cause: unknown) => {
      throw unwritable(this.path, cause);
    });
  }

  #open(): WriteStream {
    if (this.#stream) return this.#stream;
    try {
      this.#stream = createWriteStream(this.path, { fd: openSync(this.path, 'w', OWNER_ONLY) });
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
    this.#stream.on('error', (error) => {
      this.#failure = unwritable(this.path, error);
    });
    this.#stream.write(HEADER);
    return this.#stream;
  }
}

function unwritable(path: string, cause: unknown): OperatorError {
  return new OperatorError(`The file of rejected rows, ${path}, cannot be written. Name another with --rejects.`, {
    cause,
  });
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
