/* eslint-disable -- AssemblyScript, checked by asc: scripts/build-kernel.ts compiles it to kernel-bytes.ts */
// @ts-nocheck
/*
 * The inner loops of the engine. plain-kernel.ts does the same in JavaScript, function by function, and kernel.ts says
 * what each of them guarantees. Memory is laid out by the caller.
 *
 * A node is four bytes: column, cut, first, delta. The nodes of a tree stand in preorder, its leaves left to right;
 * `delta` is the number of leaves on the left, `first` the number of the node's first leaf. So the right child of a node
 * stands `delta` nodes behind it, and a tree of one leaf has no node.
 */

export function specialise(
  treeCount: u32,
  counts: usize,
  nodes: usize,
  leaves: usize,
  countsOut: usize,
  nodesOut: usize,
  leavesOut: usize,
  ranges: usize,
  stack: usize,
  result: usize,
): void {
  let constant: u32 = 0;
  let bound: u32 = 0;
  let open: u32 = 0;
  let outNode = nodesOut;
  let outLeaf = leavesOut;
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    let size = <usize>load<u16>(counts + tree * 2);
    let node = nodes;
    let leaf = leaves;
    nodes += (size - 1) * 4;
    leaves += size * 4;
    const firstLeaf = outLeaf;
    let top = stack;
    let greatest: u32 = 0;
    while (true) {
      while (size > 1) {
        const word = load<u32>(node);
        const column = <usize>(word & 255);
        const cut = (word >> 8) & 255;
        const delta = <usize>(word >> 24);
        if (<u32>load<u8>(ranges + column * 32) >= cut) {
          node += delta * 4;
          leaf += delta * 4;
          size -= delta;
        } else if (<u32>load<u8>(ranges + column * 32, 16) < cut) {
          node += 4;
          size = delta;
        } else {
          store<u32>(top, node + delta * 4);
          store<u32>(top, leaf + delta * 4, 4);
          store<u32>(top, size - delta, 8);
          store<u32>(top, outNode, 12);
          top += 16;
          store<u32>(outNode, (word & 0xffff) | ((<u32>((outLeaf - firstLeaf) >> 2)) << 16));
          outNode += 4;
          node += 4;
          size = delta;
        }
      }
      const value = load<u32>(leaf);
      store<u32>(outLeaf, value);
      outLeaf += 4;
      greatest = max(greatest, value);
      if (top == stack) break;
      top -= 16;
      const parent = <usize>load<u32>(top, 12);
      store<u8>(parent, <u8>(((outLeaf - firstLeaf) >> 2) - load<u8>(parent, 2)), 3);
      node = load<u32>(top);
      leaf = load<u32>(top, 4);
      size = load<u32>(top, 8);
    }
    if (outLeaf - firstLeaf == 4) {
      constant += greatest;
      outLeaf = firstLeaf;
    } else {
      store<u16>(countsOut + open * 2, <u16>((outLeaf - firstLeaf) >> 2));
      open++;
      bound += greatest;
    }
  }
  store<u32>(result, constant);
  store<u32>(result, bound, 4);
  store<u32>(result, open, 8);
}

export function addTrees(
  treeCount: u32,
  counts: usize,
  nodes: usize,
  leaves: usize,
  addresses: usize,
  groups: usize,
  groupCount: u32,
  sums: usize,
  scratch: usize,
): void {
  const groupsEnd = groups + groupCount * 4;
  const tables = scratch + 64;
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    const size = <usize>load<u16>(counts + tree * 2);
    const nodesEnd = nodes + (size - 1) * 4;
    const tablesEnd = fillTables(leaves, size, tables);
    for (let group = groups; group < groupsEnd; group += 4) {
      const offset = <usize>load<u32>(group);
      let a = i8x16.splat(0);
      let b = a;
      let c = a;
      let d = a;
      for (let node = nodes; node < nodesEnd; node += 4) {
        const column = <usize>load<u32>(addresses + ((<usize>load<u8>(node)) << 2)) + offset;
        const cut = v128.load_splat<u8>(node, 1);
        const first = v128.load_splat<u8>(node, 2);
        const delta = v128.load_splat<u8>(node, 3);
        a = i8x16.add(a, v128.and(v128.and(i8x16.ge_u(v128.load(column), cut), i8x16.eq(a, first)), delta));
        b = i8x16.add(b, v128.and(v128.and(i8x16.ge_u(v128.load(column, 16), cut), i8x16.eq(b, first)), delta));
        c = i8x16.add(c, v128.and(v128.and(i8x16.ge_u(v128.load(column, 32), cut), i8x16.eq(c, first)), delta));
        d = i8x16.add(d, v128.and(v128.and(i8x16.ge_u(v128.load(column, 48), cut), i8x16.eq(d, first)), delta));
      }
      v128.store(scratch, a);
      v128.store(scratch, b, 16);
      v128.store(scratch, c, 32);
      v128.store(scratch, d, 48);
      addLeaves(scratch, tables, tablesEnd, sums + (offset << 2));
    }
    nodes = nodesEnd;
    leaves += size * 4;
  }
}

/** Of every 16 leaves the lowest, middle and highest byte, 16 bytes each: what a swizzle looks up. */
function fillTables(leaves: usize, size: usize, tables: usize): usize {
  for (let end = leaves + size * 4; leaves < end; leaves += 64, tables += 48) {
    const a = v128.load(leaves);
    const b = v128.load(leaves, 16);
    const c = v128.load(leaves, 32);
    const d = v128.load(leaves, 48);
    // The lowest two bytes of eight leaves, sorted by byte; then the third byte.
    const ab = v128.shuffle<u8>(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
    const cd = v128.shuffle<u8>(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
    const ab3 = v128.shuffle<u8>(a, b, 2, 6, 10, 14, 18, 22, 26, 30, 2, 6, 10, 14, 18, 22, 26, 30);
    const cd3 = v128.shuffle<u8>(c, d, 2, 6, 10, 14, 18, 22, 26, 30, 2, 6, 10, 14, 18, 22, 26, 30);
    v128.store(tables, v128.shuffle<u64>(ab, cd, 0, 2));
    v128.store(tables, v128.shuffle<u64>(ab, cd, 1, 3), 16);
    v128.store(tables, v128.shuffle<u64>(ab3, cd3, 0, 2), 32);
  }
  return tables;
}

/** Adds the leaves of 64 products, given by number, to their sums. */
function addLeaves(numbers: usize, tables: usize, tablesEnd: usize, sums: usize): void {
  const zero = i8x16.splat(0);
  for (let end = numbers + 64; numbers < end; numbers += 16, sums += 64) {
    let number = v128.load(numbers);
    let low = v128.swizzle(v128.load(tables), number);
    let middle = v128.swizzle(v128.load(tables, 16), number);
    let high = v128.swizzle(v128.load(tables, 32), number);
    for (let table = tables + 48; table < tablesEnd; table += 48) {
      // A number outside of a table's sixteen looks up 0.
      number = i8x16.sub(number, i8x16.splat(16));
      low = v128.or(low, v128.swizzle(v128.load(table), number));
      middle = v128.or(middle, v128.swizzle(v128.load(table, 16), number));
      high = v128.or(high, v128.swizzle(v128.load(table, 32), number));
    }
    const lowA = v128.shuffle<u8>(low, middle, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const lowB = v128.shuffle<u8>(low, middle, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const highA = v128.shuffle<u8>(high, zero, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const highB = v128.shuffle<u8>(high, zero, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(sums, i32x4.add(v128.load(sums), v128.shuffle<u16>(lowA, highA, 0, 8, 1, 9, 2, 10, 3, 11)));
    v128.store(sums, i32x4.add(v128.load(sums, 16), v128.shuffle<u16>(lowA, highA, 4, 12, 5, 13, 6, 14, 7, 15)), 16);
    v128.store(sums, i32x4.add(v128.load(sums, 32), v128.shuffle<u16>(lowB, highB, 0, 8, 1, 9, 2, 10, 3, 11)), 32);
    v128.store(sums, i32x4.add(v128.load(sums, 48), v128.shuffle<u16>(lowB, highB, 4, 12, 5, 13, 6, 14, 7, 15)), 48);
  }
}

export function gather16(codes: usize, table: usize, bins: usize, count: u32): void {
  for (const end = bins + count; bins < end; bins += 4, codes += 8) {
    store<u8>(bins, load<u8>(table + <usize>load<u16>(codes)));
    store<u8>(bins, load<u8>(table + <usize>load<u16>(codes, 2)), 1);
    store<u8>(bins, load<u8>(table + <usize>load<u16>(codes, 4)), 2);
    store<u8>(bins, load<u8>(table + <usize>load<u16>(codes, 6)), 3);
  }
}

export function gather32(codes: usize, table: usize, bins: usize, count: u32): void {
  for (const end = bins + count; bins < end; bins += 4, codes += 16) {
    store<u8>(bins, load<u8>(table + <usize>load<u32>(codes)));
    store<u8>(bins, load<u8>(table + <usize>load<u32>(codes, 4)), 1);
    store<u8>(bins, load<u8>(table + <usize>load<u32>(codes, 8)), 2);
    store<u8>(bins, load<u8>(table + <usize>load<u32>(codes, 12)), 3);
  }
}

export function rankValues(
  values: usize,
  ranks: usize,
  count: u32,
  thresholds: usize,
  thresholdCount: u32,
  cells: usize,
  cellCount: u32,
  lowest: f64,
  scale: f64,
): void {
  const lastCell = <f64>(cellCount - 1);
  for (let index: u32 = 0; index < count; index++) {
    const value = load<f32>(values + index * 4);
    let rank = thresholdCount + 1;
    if (value == value) {
      const cell = <usize>(<u32>min(max((<f64>value - lowest) * scale, 0), lastCell));
      rank = load<u16>(cells + cell * 2);
      const end = <u32>load<u16>(cells + cell * 2, 2);
      while (rank < end && load<f32>(thresholds + rank * 4) <= value) rank++;
    }
    store<u16>(ranks + index * 2, <u16>rank);
  }
}

export function extent(bins: usize, count: u32): u32 {
  let least = i8x16.splat(-1);
  let greatest = i8x16.splat(0);
  for (const end = bins + count; bins < end; bins += 16) {
    const bin = v128.load(bins);
    least = v128.min<u8>(least, bin);
    greatest = v128.max<u8>(greatest, bin);
  }
  // Halves upon halves, until the first byte has seen all.
  least = v128.min<u8>(least, v128.shuffle<u64>(least, least, 1, 0));
  greatest = v128.max<u8>(greatest, v128.shuffle<u64>(greatest, greatest, 1, 0));
  least = v128.min<u8>(least, v128.shuffle<u32>(least, least, 1, 0, 3, 2));
  greatest = v128.max<u8>(greatest, v128.shuffle<u32>(greatest, greatest, 1, 0, 3, 2));
  const a = i32x4.extract_lane(least, 0);
  const b = i32x4.extract_lane(greatest, 0);
  return (
    min(min(a & 255, (a >> 8) & 255), min((a >> 16) & 255, (a >>> 24) & 255)) |
    (max(max(b & 255, (b >> 8) & 255), max((b >> 16) & 255, (b >>> 24) & 255)) << 8)
  );
}

export function extents(columns: usize, columnCount: u32, addresses: usize, groupCount: u32, ranges: usize): void {
  for (const end = columns + columnCount; columns < end; columns++) {
    const column = <usize>load<u8>(columns);
    const bins = <usize>load<u32>(addresses + (column << 2));
    const target = ranges + column * 32;
    for (let group: u32 = 0; group < groupCount; group++) {
      const both = extent(bins + group * 64, 64);
      store<u8>(target + group, <u8>both);
      store<u8>(target + group, <u8>(both >> 8), 16);
    }
  }
}

export function roundLeaves(treeCount: u32, counts: usize, leaves: usize, units: usize, rounded: usize): void {
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    const end = leaves + <usize>load<u16>(counts + tree * 2) * 4;
    let greatest: u32 = 0;
    for (let leaf = leaves; leaf < end; leaf += 4) greatest = max(greatest, load<u32>(leaf));
    const unit = max((greatest + 65279) / 65280, 1);
    store<u32>(units + tree * 4, unit);
    const steps = unit * 256;
    for (; leaves < end; leaves += 4, rounded++) store<u8>(rounded, <u8>((load<u32>(leaves) + steps - 1) / steps));
  }
}

export function boundBoxes(
  treeCount: u32,
  counts: usize,
  nodes: usize,
  units: usize,
  rounded: usize,
  ranges: usize,
  masks: usize,
  bounds: usize,
): void {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    const size = <usize>load<u16>(counts + tree * 2);
    const nodesEnd = nodes + (size - 1) * 4;
    v128.store(masks, i8x16.splat(-1));
    for (; nodes < nodesEnd; nodes += 4) {
      const range = ranges + <usize>load<u8>(nodes) * 32;
      const cut = v128.load_splat<u8>(nodes, 1);
      const mask = masks + <usize>load<u8>(nodes, 2) * 16;
      const reached = v128.load(mask);
      // To the left where a box has a bin below the cut, to the right where it has another.
      v128.store(mask, v128.andnot(reached, i8x16.ge_u(v128.load(range), cut)));
      v128.store(mask + <usize>load<u8>(nodes, 3) * 16, v128.and(reached, i8x16.ge_u(v128.load(range, 16), cut)));
    }
    let most = i8x16.splat(0);
    for (const end = rounded + size, mask = masks; rounded < end; rounded++) {
      most = v128.max<u8>(
        most,
        v128.and(v128.load(mask + (rounded - (end - size)) * 16), v128.load_splat<u8>(rounded)),
      );
    }
    const unit = i32x4.splat(load<u32>(units + tree * 4));
    const low = i16x8.extend_low_i8x16_u(most);
    const high = i16x8.extend_high_i8x16_u(most);
    a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), unit));
    b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), unit));
    c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), unit));
    d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), unit));
  }
  v128.store(bounds, a);
  v128.store(bounds, b, 16);
  v128.store(bounds, c, 32);
  v128.store(bounds, d, 48);
}

/** 1.5 * 2^52: adding it rounds to a whole number, which then stands in the lowest bits. */
const ROUNDING: f64 = 6755399441055744;

export function toMargins(sums: usize, scores: usize, count: u32, constant: u32, base: f64, step: f64): void {
  for (let index: u32 = 0; index < count; index++) {
    const sum = load<u32>(sums + index * 4) + constant;
    store<f32>(scores + index * 4, <f32>(base + <f64>sum * step));
  }
}

export function toProbabilities(sums: usize, scores: usize, count: u32, constant: u32, base: f64, step: f64): void {
  const addend = i32x4.splat(constant);
  const bases = f64x2.splat(base);
  const steps = f64x2.splat(step);
  for (let index: u32 = 0; index < count; index += 4) {
    const sum = i32x4.add(v128.load(sums + index * 4), addend);
    const other = v128.shuffle<u64>(sum, sum, 1, 0);
    const a = sigmoid(f64x2.add(bases, f64x2.mul(f64x2.convert_low_i32x4_u(sum), steps)));
    const b = sigmoid(f64x2.add(bases, f64x2.mul(f64x2.convert_low_i32x4_u(other), steps)));
    v128.store(scores + index * 4, v128.shuffle<u64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2));
  }
}

/** 1 / (1 + e^-x): e^-x is 2^n times e^r with |r| <= ln 2 / 2, and that a polynomial. */
function sigmoid(x: v128): v128 {
  const negated = f64x2.min(f64x2.max(f64x2.neg(x), f64x2.splat(-700)), f64x2.splat(700));
  const shifted = f64x2.add(f64x2.mul(negated, f64x2.splat(1.4426950408889634)), f64x2.splat(ROUNDING));
  const n = f64x2.sub(shifted, f64x2.splat(ROUNDING));
  const high = f64x2.sub(negated, f64x2.mul(n, f64x2.splat(0.6931471803691238)));
  const r = f64x2.sub(high, f64x2.mul(n, f64x2.splat(1.9082149292705877e-10)));
  let e = f64x2.splat(1 / 3628800);
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1 / 362880));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1 / 40320));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1 / 5040));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1 / 720));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1 / 120));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1 / 24));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1 / 6));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(0.5));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1));
  e = f64x2.add(f64x2.mul(e, r), f64x2.splat(1));
  const power = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
  return f64x2.div(f64x2.splat(1), f64x2.add(f64x2.splat(1), f64x2.mul(e, power)));
}
