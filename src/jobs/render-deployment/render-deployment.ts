import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../errors.ts';
import type { DeploymentNames } from './deployment-names.ts';

/** Where the templates lie, and where the files go. */
export interface RenderOptions {
  /** sql/snowflake/setup */
  readonly setupFolder: string;
  /** deploy/spcs */
  readonly specsFolder: string;
  readonly names: DeploymentNames;
  /** Made when missing; must hold nothing. */
  readonly out: string;
}

/** What was written, by name, in the order in which it is to be run. */
export interface RenderedDeployment {
  readonly setup: readonly string[];
  readonly specs: readonly string[];
  /** Files that need a placeholder without a value: they are not written. */
  readonly missing: readonly string[];
}

interface RenderedFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Fills names into the setup and the service specifications: `out/setup/*.sql` and `out/spcs/*.yaml`. A file with a
 * placeholder that has no value is left out as a whole. The templates stay as they are.
 * @throws OperatorError when `out` holds something, or when the templates are not there.
 */
export async function renderDeployment(options: RenderOptions): Promise<RenderedDeployment> {
  const { setupFolder, specsFolder, names, out } = options;
  const setup = await renderFolder(setupFolder, '.sql', names);
  const specs = await renderFolder(specsFolder, '.yaml', names);
  const complete = setup.filter((file) => !hasPlaceholder(file.text));
  await refuseFullFolder(out);
  await writeFiles(join(out, 'setup'), complete);
  await writeFiles(join(out, 'spcs'), specs);
  const nameOf = ({ name }: RenderedFile): string => name;
  return {
    setup: complete.map(nameOf),
    specs: specs.map(nameOf),
    missing: setup.filter((file) => !complete.includes(file)).map(nameOf),
  };
}

async function renderFolder(folder: string, ending: string, names: DeploymentNames): Promise<RenderedFile[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw new OperatorError(`${folder} is missing: run deploy render in a checkout of the repository.`, { cause });
  });
  const files = entries.filter((entry) => entry.endsWith(ending)).sort();
  return Promise.all(
    files.map(async (name) => ({ name, text: renderText(await readFile(join(folder, name), 'utf8'), names) })),
  );
}

/** Fills names into one file. Values are trusted: `parseDeploymentNames` has checked them. @internal for its test. */
export function renderText(text: string, names: DeploymentNames): string {
  // First, so that no value is taken for a name of the setup.
  const renamed = text.replaceAll(/(?<![a-z0-9_])snowgate(?![a-z0-9])/g, names.name);
  return renamed
    .split('\n')
    .map((line) => fillLine(line, names))
    .join('\n');
}

function fillLine(line: string, names: DeploymentNames): string {
  const isComment = line.startsWith('--');
  const values = new Map<string, string | null>([
    ['image_tag', names.imageTag],
    ['postgres_host', names.postgresHost],
    // Each address is a text of its own; the placeholder stands between the quotes of the first and the last.
    ['postgres_clients', names.postgresClients?.join(isComment ? ', ' : "', '") ?? null],
  ]);
  return line.replaceAll(/\$\{(\w+)\}/g, (placeholder, name: string) => values.get(name) ?? placeholder);
}

function hasPlaceholder(text: string): boolean {
  return text.includes('${');
}

async function refuseFullFolder(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new OperatorError(`${folder} cannot be used: give another folder by --out.`, { cause: error });
  });
  if (entries.length > 0)
    throw new OperatorError(`${folder} holds files already: give a new folder by --out, such as one for each tag.`);
}

async function writeFiles(folder: string, files: readonly RenderedFile[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, text } of files) await writeFile(join(folder, name), text, { flag: 'wx' });
  } catch (cause) {
    throw new OperatorError(`Cannot write to ${folder}: give a folder by --out that you may write to.`, { cause });
  }
}
