import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random as Numbers } from '../../src/jobs/demo-data/random.ts';
import { FOREST_FIXTURES } from './forest-fixtures.ts';
import { bytesOf, encodeUbjson, int64 } from './ubjson.ts';

/** A model file that somebody damaged. */
export interface HostileForest {
  readonly bytes: Uint8Array;
  /** True when no sound model can be left. */
  readonly isBroken: boolean;
}

type Random = () => number;
type Json = Record<string, unknown>;

interface Tree extends Json {
  readonly left_children: number[];
  readonly right_children: number[];
  readonly split_indices: number[];
  readonly split_conditions: unknown[];
  readonly default_left: unknown[];
  readonly sum_hessian: unknown[];
  readonly split_type: unknown[];
  readonly categories: unknown[];
  readonly categories_sizes: unknown[];
  readonly categories_segments: unknown[];
}

/** What XGBoost wrote, in both formats. */
interface Sound {
  readonly model: Json;
  readonly json: Uint8Array;
  readonly ubjson: Uint8Array;
}

const KINDS = ['logistic', 'dart', 'category-sets'];
const WRONG = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  'x',
  [],
  {},
  [[]],
  Array(99).fill(0),
  2 ** 53,
  '1000000000',
  'x'.repeat(999),
];

/** 500 files cut short, 500 with flipped bits, 500 broken in what they say and 500 with one value of another type. */
export function hostileForests(): HostileForest[] {
  const sound = KINDS.map(readSound);
  return Array.from({ length: 2000 }, (_, seed): HostileForest => {
    const numbers = new Numbers(seed, 'damage');
    const random = (): number => numbers.uniform();
    const own = pick(random, sound);
    const isJson = seed % 2 === 0;
    const bytes = isJson ? own.json : own.ubjson;
    const encode = (model: unknown): Uint8Array => (isJson ? Buffer.from(JSON.stringify(model)) : encodeUbjson(model));
    switch (Math.floor(seed / 500)) {
      case 0:
        return { bytes: bytes.subarray(0, Math.floor(random() * bytes.length)), isBroken: true };
      case 1:
        return { bytes: flipped(bytes, random), isBroken: false };
      case 2:
        return { bytes: encode(broken(own.model, random)), isBroken: true };
      default:
        return { bytes: encode(mistyped(own.model, random)), isBroken: false };
    }
  });
}

function readSound(kind: string): Sound {
  const path = join(FOREST_FIXTURES, 'layouts', `3.2-${kind}`);
  const { model } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as { model: Json };
  return { model, json: Buffer.from(JSON.stringify(model)), ubjson: readFileSync(`${path}.ubj`) };
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

function flipped(sound: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(sound);
  for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
    const place = Math.floor(random() * bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return bytes;
}

/** Damage that makes no sound model, whatever is drawn. */
const DAMAGES: readonly ((tree: Tree, random: Random, model: Json) => void)[] = [
  // A cycle: the root's left child is the root.
  (tree) => (tree.left_children[0] = 0),
  // Two ways to one node.
  (tree) => (tree.right_children[0] = tree.left_children[0] ?? 0),
  (tree, random) => (tree.right_children[0] = Math.floor(1e3 + random() * 1e9)),
  (tree, random) => (tree.left_children[0] = -2 - Math.floor(random() * 1e9)),
  (tree, random) => (tree.left_children[0] = random() + 1),
  (tree, random) => (tree.split_indices[0] = Math.floor(5 + random() * 1e9)),
  (tree, random) => (tree.split_indices[0] = -1 - Math.floor(random() * 9)),
  (tree, random) => (tree.default_left[0] = 2 + Math.floor(random() * 9)),
  (tree, random) => (tree.split_conditions[tree.split_conditions.length - 1] = pick(random, ['x', null, [], {}, 1e39])),
  (tree, random) => (tree.sum_hessian[0] = pick(random, ['x', null, [], {}, -1e300])),
  (tree, random) => void tree.left_children.splice(Math.floor(random() * 3), 1),
  (tree) => void tree.split_type.pop(),
  (tree, random) => (tree.split_type[0] = 2 + Math.floor(random() * 9)),
  (tree, random) => void tree.categories.push(Math.floor(random() * 5)),
  (tree, random) => void tree.categories_sizes.push(Math.floor(random() * 1e9)),
  (tree, random) => void tree.categories_segments.push(Math.floor(random() * 1e9)),
  (_, __, model) => (parametersOf(model)['num_trees'] = '1000000000'),
  (_, __, model) => void treesOf(model).pop(),
  (_, random, model) => (treesOf(model)[Math.floor(random() * treesOf(model).length)] = null as never),
];

function broken(model: Json, random: Random): Json {
  const copy = structuredClone(model);
  const tree = pick(random, treesOf(copy));
  pick(random, DAMAGES)(tree, random, copy);
  return copy;
}

/** The value at a drawn place is another one. It may be one that nobody reads. */
function mistyped(model: Json, random: Random): Json {
  const copy = structuredClone(model);
  let holder: Json = copy;
  for (;;) {
    const key = pick(random, Object.keys(holder));
    const value = holder[key];
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && random() < 0.85) {
      holder = value as Json;
      continue;
    }
    holder[key] = pick(random, WRONG);
    return copy;
  }
}

function boosterOf({ learner }: Json): Json {
  const booster = (learner as { gradient_booster: Json }).gradient_booster;
  return ((booster['gbtree'] ?? booster) as { model: Json }).model;
}

function treesOf(model: Json): Tree[] {
  return boosterOf(model)['trees'] as Tree[];
}

function parametersOf(model: Json): Json {
  return boosterOf(model)['gbtree_model_param'] as Json;
}

/** Files that announce much, and those that take most time and memory to read, as large as a model may be. */
export function largeForests(): HostileForest[] {
  const names = Array.from({ length: 300_000 }, (_, index) => `"${String(index).padStart(100, 'x')}":1`);
  const numbers = (type: string, count: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([bytesOf('{L', int64(7), `version[$${type}#L`, int64(count)), bytes]);
  return [
    ...[
      Buffer.alloc(2 ** 20, '['),
      Buffer.concat([bytesOf('{"version":['), Buffer.alloc(3 * 2 ** 20, '{},'), bytesOf('1]}')]),
      Buffer.concat([bytesOf('{"version":['), Buffer.alloc(12 * 3_200_000, '0.123456789,'), bytesOf('1]}')]),
      Buffer.from(`{${names.join()}}`),
      bytesOf('{L', int64(1), 'a[#L', int64(1e9)),
      bytesOf('{L', int64(1), 'aSL', int64(2 ** 52)),
      Buffer.concat([bytesOf('{L', int64(1), 'a['), Buffer.alloc(5 * 2 ** 20, 'Z')]),
      numbers('d', 1e9, Buffer.alloc(4)),
      numbers('U', 3 * 2 ** 20, Buffer.concat([Buffer.alloc(3 * 2 ** 20), bytesOf('}')])),
    ].map((bytes) => ({ bytes, isBroken: true })),
    ...[
      forestOf([treeOf(1_600_001)]),
      forestOf([treeOf(285_001, true)]),
      forestOf(Array<Buffer>(16_000).fill(treeOf(3))),
    ].map((bytes) => ({ bytes, isBroken: false })),
  ];
}

/** A tree of so many nodes, level by level, on thresholds or on one category each. */
function treeOf(nodeCount: number, isCategorical = false): Buffer {
  const child = (side: number) => (node: number) => (2 * node + 2 < nodeCount ? 2 * node + side : -1);
  const list = (name: string, type: 'l' | 'd' | 'U', length: number, of: (index: number) => number): Buffer => {
    const width = type === 'U' ? 1 : 4;
    const bytes = Buffer.alloc(width * length);
    const write = { l: 'writeInt32BE', d: 'writeFloatBE', U: 'writeUInt8' } as const;
    for (let index = 0; index < length; index += 1) bytes[write[type]](of(index), width * index);
    return Buffer.concat([bytesOf('L', int64(name.length), `${name}[$${type}#L`, int64(length)), bytes]);
  };
  const innerCount = (nodeCount - 1) / 2;
  return Buffer.concat([
    bytesOf('{L', int64(10), 'tree_param'),
    encodeUbjson({ size_leaf_vector: '1' }),
    list('left_children', 'l', nodeCount, child(1)),
    list('right_children', 'l', nodeCount, child(2)),
    list('split_indices', 'l', nodeCount, () => 0),
    list('split_conditions', 'd', nodeCount, (node) => node / nodeCount),
    list('default_left', 'U', nodeCount, () => 0),
    list('sum_hessian', 'd', nodeCount, () => 1),
    ...(isCategorical
      ? [
          list('split_type', 'U', nodeCount, (node) => Number(node < innerCount)),
          list('categories_nodes', 'l', innerCount, (node) => node),
          list('categories_segments', 'l', innerCount, (node) => node),
          list('categories_sizes', 'U', innerCount, () => 1),
          list('categories', 'l', innerCount, (node) => node),
        ]
      : []),
    bytesOf('}'),
  ]);
}

function forestOf(trees: readonly Buffer[]): Uint8Array {
  const model = encodeUbjson({
    version: [3, 2, 0],
    learner: {
      objective: { name: 'reg:squarederror' },
      learner_model_param: { num_feature: '4', base_score: '0' },
      gradient_booster: {
        name: 'gbtree',
        model: {
          gbtree_model_param: { num_trees: String(trees.length) },
          tree_info: trees.map(() => 0),
          trees: 'TREES',
        },
      },
    },
  });
  const mark = bytesOf('SL', int64(5), 'TREES');
  const place = model.indexOf(mark);
  const list = bytesOf('[#L', int64(trees.length));
  return Buffer.concat([model.subarray(0, place), list, ...trees, model.subarray(place + mark.length)]);
}
