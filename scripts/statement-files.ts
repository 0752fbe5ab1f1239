import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One SQL statement as it lies on disk. */
export interface StatementFile {
  readonly name: string;
  /** Path from the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** Every file sql/<store>/queries/<name>.sql, by path. A store without a queries folder has none. */
export function readStatementFiles(root: string): StatementFile[] {
  return readdirSync(join(root, 'sql'))
    .sort()
    .map((store) => `sql/${store}/queries`)
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => statementsIn(root, folder));
}

function statementsIn(root: string, folder: string): StatementFile[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const path = `${folder}/${file}`;
      return { name: file.slice(0, -'.sql'.length), path, text: readFileSync(join(root, path), 'utf8') };
    });
}
