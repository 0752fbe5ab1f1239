import { open, rename, type FileHandle } from 'node:fs/promises';

/** A file of float32 rows without a header, little-endian: numpy reads it as it is. It is complete or absent. */
export class RowFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #rows = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Makes the file under another name until it is finished. */
  static async create(path: string): Promise<RowFile> {
    return new RowFile(path, await open(`${path}.partial`, 'w'));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Appends rows: of each the columns of `head`, then its part of `values`. */
  async write(head: readonly ArrayLike<number>[], values: Float32Array): Promise<void> {
    const rows = head[0]?.length ?? 0;
    const valuesWidth = rows === 0 ? 0 : values.length / rows;
    const width = head.length + valuesWidth;
    const block = new Float32Array(rows * width);
    for (let row = 0; row < rows; row += 1) {
      head.forEach((column, index) => {
        block[row * width + index] = column[row] as number;
      });
      block.set(values.subarray(row * valuesWidth, (row + 1) * valuesWidth), row * width + head.length);
    }
    await this.#file.write(new Uint8Array(block.buffer));
    this.#rows += rows;
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    await this.#file.close();
    await rename(`${this.#path}.partial`, this.#path);
  }

  /** Leaves the unfinished file behind under its other name. Does nothing to a finished one. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }
}
