import type { Kernel } from './kernel.ts';

/** The functions of kernel.as.ts in JavaScript, over an ordinary buffer. */
export function createPlainKernel(byteLength: number): Kernel {
  const memory = new ArrayBuffer(byteLength);
  const views: Views = {
    bytes: new Uint8Array(memory),
    halves: new Uint16Array(memory, 0, byteLength >> 1),
    words: new Uint32Array(memory, 0, byteLength >> 2),
    floats: new Float32Array(memory, 0, byteLength >> 2),
  };
  return {
    memory,
    specialise: createSpecialise(views),
    addTrees: createAddTrees(views),
    ...createGathers(views),
    rankValues: createRankValues(views),
    ...createExtents(views),
    roundLeaves: createRoundLeaves(views),
    boundBoxes: createBoundBoxes(views),
    ...createFinishes(views),
  };
}

interface Views {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

/** 1.5 * 2^52: adding and subtracting it rounds to a whole number. */
const ROUNDING = 6_755_399_441_055_744;
const POWERS = Float64Array.from({ length: 2048 }, (_, index) => 2 ** (index - 1024));
/** 1/10!, 1/9!, … 1/0!: e^r by Horner's rule. */
const SERIES = [1 / 3628800, 1 / 362880, 1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1];

// eslint-disable-next-line max-lines-per-function -- one loop, kept in the shape of kernel.as.ts
function createSpecialise({ bytes, halves, words }: Views): Kernel['specialise'] {
  // eslint-disable-next-line max-lines-per-function -- as above
  return (treeCount, counts, nodes, leaves, countsOut, nodesOut, leavesOut, ranges, stack, result) => {
    let [constant, bound, open] = [0, 0, 0];
    let [nextNode, nextLeaf, outNode, outLeaf] = [nodes >> 2, leaves >> 2, nodesOut >> 2, leavesOut >> 2];
    for (let tree = 0; tree < treeCount; tree += 1) {
      let size = halves[(counts >> 1) + tree] as number;
      let [node, leaf] = [nextNode, nextLeaf];
      nextNode += size - 1;
      nextLeaf += size;
      const firstLeaf = outLeaf;
      let top = stack >> 2;
      let greatest = 0;
      for (;;) {
        while (size > 1) {
          const word = words[node] as number;
          const cut = (word >>> 8) & 255;
          const delta = word >>> 24;
          if ((bytes[ranges + 32 * (word & 255)] as number) >= cut) {
            node += delta;
            leaf += delta;
            size -= delta;
          } else {
            if ((bytes[ranges + 32 * (word & 255) + 16] as number) >= cut) {
              words[top] = node + delta;
              words[top + 1] = leaf + delta;
              words[top + 2] = size - delta;
              words[top + 3] = outNode;
              top += 4;
              words[outNode] = (word & 0xffff) | ((outLeaf - firstLeaf) << 16);
              outNode += 1;
            }
            node += 1;
            size = delta;
          }
        }
        const value = words[leaf] as number;
        words[outLeaf] = value;
        outLeaf += 1;
        if (value > greatest) greatest = value;
        if (top === stack >> 2) break;
        top -= 4;
        const parent = (words[top + 3] as number) << 2;
        bytes[parent + 3] = outLeaf - firstLeaf - (bytes[parent + 2] as number);
        node = words[top] as number;
        leaf = words[top + 1] as number;
        size = words[top + 2] as number;
      }
      if (outLeaf - firstLeaf === 1) {
        constant += greatest;
        outLeaf = firstLeaf;
      } else {
        halves[(countsOut >> 1) + open] = outLeaf - firstLeaf;
        open += 1;
        bound += greatest;
      }
    }
    words[result >> 2] = constant;
    words[(result >> 2) + 1] = bound;
    words[(result >> 2) + 2] = open;
  };
}

// Where SIMD asks every node of every product, a loop over one product at a time asks only the nodes on its way.
function createAddTrees({ bytes, halves, words }: Views): Kernel['addTrees'] {
  return (treeCount, counts, nodes, leaves, addresses, groups, groupCount, sums) => {
    let [firstNode, firstLeaf] = [nodes >> 2, leaves >> 2];
    for (let tree = 0; tree < treeCount; tree += 1) {
      const size = halves[(counts >> 1) + tree] as number;
      for (let group = 0; group < groupCount; group += 1) {
        const offset = words[(groups >> 2) + group] as number;
        for (let product = offset; product < offset + 64; product += 1) {
          let [node, leaf, left] = [firstNode, firstLeaf, size];
          while (left > 1) {
            const word = words[node] as number;
            const delta = word >>> 24;
            const bin = bytes[(words[(addresses >> 2) + (word & 255)] as number) + product] as number;
            if (bin >= ((word >>> 8) & 255)) {
              node += delta;
              leaf += delta;
              left -= delta;
            } else {
              node += 1;
              left = delta;
            }
          }
          const sum = (sums >> 2) + product;
          words[sum] = (words[sum] as number) + (words[leaf] as number);
        }
      }
      firstNode += size - 1;
      firstLeaf += size;
    }
  };
}

function createGathers({ bytes, halves, words }: Views): Pick<Kernel, 'gather16' | 'gather32'> {
  return {
    gather16: (codes, table, bins, count) => {
      const first = codes >> 1;
      for (let index = 0; index < count; index += 1) {
        bytes[bins + index] = bytes[table + (halves[first + index] as number)] as number;
      }
    },
    gather32: (codes, table, bins, count) => {
      const first = codes >> 2;
      for (let index = 0; index < count; index += 1) {
        bytes[bins + index] = bytes[table + (words[first + index] as number)] as number;
      }
    },
  };
}

function createRankValues({ halves, floats }: Views): Kernel['rankValues'] {
  return (values, ranks, count, thresholds, thresholdCount, cells, cellCount, lowest, scale) => {
    for (let index = 0; index < count; index += 1) {
      const value = floats[(values >> 2) + index] as number;
      let rank = thresholdCount + 1;
      if (!Number.isNaN(value)) {
        const cell = Math.trunc(Math.min(Math.max((value - lowest) * scale, 0), cellCount - 1));
        rank = halves[(cells >> 1) + cell] as number;
        const end = halves[(cells >> 1) + cell + 1] as number;
        while (rank < end && (floats[(thresholds >> 2) + rank] as number) <= value) rank += 1;
      }
      halves[(ranks >> 1) + index] = rank;
    }
  };
}

function createExtents({ bytes, words }: Views): Pick<Kernel, 'extent' | 'extents'> {
  const extent: Kernel['extent'] = (bins, count) => {
    let [least, greatest] = [255, 0];
    for (let index = bins; index < bins + count; index += 1) {
      const bin = bytes[index] as number;
      if (bin < least) least = bin;
      if (bin > greatest) greatest = bin;
    }
    return least + 256 * greatest;
  };
  return {
    extent,
    extents: (columns, columnCount, addresses, groupCount, ranges) => {
      for (const column of bytes.subarray(columns, columns + columnCount)) {
        const bins = words[(addresses >> 2) + column] as number;
        for (let group = 0; group < groupCount; group += 1) {
          const both = extent(bins + 64 * group, 64);
          bytes[ranges + 32 * column + group] = both & 255;
          bytes[ranges + 32 * column + group + 16] = both >> 8;
        }
      }
    },
  };
}

function createRoundLeaves({ bytes, halves, words }: Views): Kernel['roundLeaves'] {
  return (treeCount, counts, leaves, units, rounded) => {
    let start = leaves >> 2;
    let target = rounded;
    for (let tree = 0; tree < treeCount; tree += 1) {
      const own = words.subarray(start, start + (halves[(counts >> 1) + tree] as number));
      const unit = Math.max(Math.ceil(own.reduce((most, leaf) => Math.max(most, leaf), 0) / 65_280), 1);
      words[(units >> 2) + tree] = unit;
      own.forEach((leaf, index) => (bytes[target + index] = Math.ceil(leaf / (256 * unit))));
      start += own.length;
      target += own.length;
    }
  };
}

// A mask has a bit for each of the boxes.
function createBoundBoxes({ bytes, halves, words }: Views): Kernel['boundBoxes'] {
  return (treeCount, counts, nodes, units, rounded, ranges, _masks, bounds) => {
    const masks = new Uint16Array(256);
    let [node, leaf] = [nodes, rounded];
    const boxesFrom = (start: number, cut: number): number => {
      let mask = 0;
      for (let box = 0; box < 16; box += 1) mask |= Number((bytes[start + box] as number) >= cut) << box;
      return mask;
    };
    words.fill(0, bounds >> 2, (bounds >> 2) + 16);
    for (let tree = 0; tree < treeCount; tree += 1) {
      const size = halves[(counts >> 1) + tree] as number;
      masks[0] = 0xffff;
      for (const end = node + 4 * (size - 1); node < end; node += 4) {
        const range = ranges + 32 * (bytes[node] as number);
        const cut = bytes[node + 1] as number;
        const first = bytes[node + 2] as number;
        const reached = masks[first] as number;
        masks[first] = reached & ~boxesFrom(range, cut);
        masks[first + (bytes[node + 3] as number)] = reached & boxesFrom(range + 16, cut);
      }
      for (let box = 0; box < 16; box += 1) {
        let most = 0;
        for (let index = 0; index < size; index += 1) {
          if (((masks[index] as number) >> box) & 1) most = Math.max(most, bytes[leaf + index] as number);
        }
        const place = (bounds >> 2) + box;
        words[place] = (words[place] as number) + most * (words[(units >> 2) + tree] as number);
      }
      leaf += size;
    }
  };
}

function createFinishes({ words, floats }: Views): Pick<Kernel, 'toMargins' | 'toProbabilities'> {
  const marginOf = (place: number, constant: number, base: number, step: number): number =>
    base + (((words[place] as number) + constant) >>> 0) * step;
  return {
    toMargins: (sums, scores, count, constant, base, step) => {
      for (let index = 0; index < count; index += 1) {
        floats[(scores >> 2) + index] = marginOf((sums >> 2) + index, constant, base, step);
      }
    },
    toProbabilities: (sums, scores, count, constant, base, step) => {
      for (let index = 0; index < count; index += 1) {
        floats[(scores >> 2) + index] = sigmoid(marginOf((sums >> 2) + index, constant, base, step));
      }
    },
  };
}

// Not Math.exp: the same operations in the same order as in kernel.as.ts give the same bits.
function sigmoid(x: number): number {
  const negated = Math.min(Math.max(-x, -700), 700);
  const n = negated * 1.4426950408889634 + ROUNDING - ROUNDING;
  const r = negated - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  let e = 0;
  for (const coefficient of SERIES) e = e * r + coefficient;
  return 1 / (1 + e * (POWERS[n + 1024] as number));
}
