import { KERNEL_BYTES } from './kernel-bytes.ts';
import { createPlainKernel } from './plain-kernel.ts';

/**
 * The inner loops over one block of memory. All addresses are byte offsets into `memory`, chosen by the caller and
 * aligned to 16. A forest in memory is three lists: leaves per tree (uint16, at most 256), nodes (4 bytes each: column,
 * cut, first, delta) and leaf values (uint32 below 2^24); see kernel.as.ts. Both implementations write the same bytes.
 */
export interface Kernel {
  readonly memory: ArrayBuffer;

  /**
   * Writes the forest without the nodes that are decided by `ranges`: a column's smallest bin 32 bytes after that of the
   * one before it, its greatest bin 16 bytes behind its smallest.
   * Trees of a single leaf are left out. Writes to `result`, as uint32: the sum of the left-out trees, the sum of the
   * greatest leaves of the others, and how many the others are. `stack` takes 16 bytes per level of the deepest tree.
   */
  readonly specialise: (
    treeCount: number,
    counts: number,
    nodes: number,
    leaves: number,
    countsOut: number,
    nodesOut: number,
    leavesOut: number,
    ranges: number,
    stack: number,
    result: number,
  ) => void;

  /**
   * Adds every tree's leaf to the uint32 sums of products, modulo 2^32. `addresses` says by column where its bins start
   * (uint32), `groups` which products (uint32 offsets of 64 each). `scratch` takes 832 bytes.
   */
  readonly addTrees: (
    treeCount: number,
    counts: number,
    nodes: number,
    leaves: number,
    addresses: number,
    groups: number,
    groupCount: number,
    sums: number,
    scratch: number,
  ) => void;

  /** Looks up `count` (a multiple of 4) uint16 codes in a table of bytes. */
  readonly gather16: (codes: number, table: number, bins: number, count: number) => void;
  /** Looks up `count` (a multiple of 4) uint32 codes in a table of bytes. */
  readonly gather32: (codes: number, table: number, bins: number, count: number) => void;

  /**
   * Writes, as uint16, how many thresholds are not greater than each float32 value; `thresholdCount` + 1 for NaN. A
   * value's cell is `(value - lowest) * scale`, cut off and clamped; `cells` says how many thresholds are in lower cells
   * (uint16, one more entry than cells).
   */
  readonly rankValues: (
    values: number,
    ranks: number,
    count: number,
    thresholds: number,
    thresholdCount: number,
    cells: number,
    cellCount: number,
    lowest: number,
    scale: number,
  ) => void;

  /** Of `count` (a multiple of 16) bytes the smallest, plus 256 times the greatest. */
  readonly extent: (bins: number, count: number) => number;

  /**
   * Writes the ranges of columns (uint8 each) in up to 16 groups of 64 products, group by group a byte further, as
   * `specialise` reads them.
   */
  readonly extents: (
    columns: number,
    columnCount: number,
    addresses: number,
    groupCount: number,
    ranges: number,
  ) => void;

  /** Writes leaves as bytes, rounded up to whole units of their tree, and the units (uint32) in 256 steps each. */
  readonly roundLeaves: (treeCount: number, counts: number, leaves: number, units: number, rounded: number) => void;

  /**
   * For 16 boxes, whose ranges stand side by side as `extents` writes them: the sum of the greatest rounded leaves that
   * each tree has for a product within, as uint32, in 256 steps each. `masks` takes 16 bytes per leaf of the largest tree.
   */
  readonly boundBoxes: (
    treeCount: number,
    counts: number,
    nodes: number,
    units: number,
    rounded: number,
    ranges: number,
    masks: number,
    bounds: number,
  ) => void;

  /** Writes `base + (sum + constant) * step` as float32. */
  readonly toMargins: (
    sums: number,
    scores: number,
    count: number,
    constant: number,
    base: number,
    step: number,
  ) => void;
  /** The same through the sigmoid; `count` is a multiple of 4. Greater sums never give smaller scores. */
  readonly toProbabilities: (
    sums: number,
    scores: number,
    count: number,
    constant: number,
    base: number,
    step: number,
  ) => void;
}

/** Makes kernels with memory of their own, zeroed. */
export interface KernelFactory {
  readonly name: 'simd' | 'plain';
  readonly create: (byteLength: number) => Kernel;
}

/** As much of the WebAssembly interface as is used; Node has it, its types do not. */
interface WasmRuntime {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: Omit<Kernel, 'memory'> };
}

const PAGE_BYTES = 65_536;

/** WebAssembly with SIMD, or plain JavaScript where the runtime has no SIMD or `force` says so. */
export function createKernelFactory(force?: 'simd' | 'plain'): KernelFactory {
  const bytes = Uint8Array.from(atob(KERNEL_BYTES), (letter) => letter.charCodeAt(0));
  const runtime = (globalThis as unknown as { readonly WebAssembly?: WasmRuntime }).WebAssembly;
  if (force === 'plain' || runtime === undefined || (force === undefined && !runtime.validate(bytes))) {
    return { name: 'plain', create: createPlainKernel };
  }
  const module = new runtime.Module(bytes);
  return {
    name: 'simd',
    create: (byteLength) => {
      const pages = Math.ceil(byteLength / PAGE_BYTES);
      const memory = new runtime.Memory({ initial: pages, maximum: pages });
      const { exports } = new runtime.Instance(module, { env: { memory } });
      return { ...exports, memory: memory.buffer };
    },
  };
}
