import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT_FOLDER } from './folders.ts';

/** The ranking model that ships. */
const SHIPPED_MODEL = join(ROOT_FOLDER, 'models/ranking/5');

/** Where something is in a file of a model; `?` stands for any key or index. */
export type ModelPath = readonly (string | number)[];

/** Writes SHA256SUMS anew, after a test has changed a file. */
export function sealModel(folder: string): void {
  const files = readdirSync(folder).filter((file) => /\.(json|ubj)$/.test(file));
  const lines = files.map((file) => {
    const sum = createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
    return `${sum}  ${file}\n`;
  });
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}

/** Replaces one place of a file of a model, or removes it by undefined, and seals the folder. */
export function editModel(
  folder: string,
  { file, path, random = Math.random }: { file: string; path: ModelPath; random?: () => number },
  change: (value: unknown) => unknown,
): void {
  const wholeFile = { json: JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown };
  let holder: Record<string, unknown> = wholeFile;
  let key = 'json';
  for (const step of path) {
    holder = holder[key] as Record<string, unknown>;
    const keys = Object.keys(holder);
    key = step === '?' ? (keys[Math.floor(random() * keys.length)] ?? '0') : String(step);
  }
  const changed = change(holder[key]);
  if (changed !== undefined) holder[key] = changed;
  else if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
  writeFileSync(join(folder, file), JSON.stringify(wholeFile.json));
  sealModel(folder);
}

/** The path of the trees of a model. */
export const TREES = ['learner', 'gradient_booster', 'model', 'trees'];

interface Tree {
  readonly left_children: readonly number[];
  split_conditions: number[];
}

/** A sound copy of the shipped model as `ranking@version`; the later the version, the smaller its leaves. */
export function copyModel(root: string, version: number): string {
  const folder = join(root, 'ranking', String(version));
  mkdirSync(folder, { recursive: true });
  cpSync(SHIPPED_MODEL, folder, { recursive: true });
  editModel(folder, { file: 'manifest.json', path: ['version'] }, () => String(version));
  editModel(folder, { file: 'model.json', path: TREES }, (trees) =>
    (trees as Tree[]).map((tree) => ({
      ...tree,
      split_conditions: tree.split_conditions.map((value, node) =>
        tree.left_children[node] === -1 ? value / version : value,
      ),
    })),
  );
  return folder;
}
