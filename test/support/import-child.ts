import { createPostgresClient } from '../../src/clients/postgres.ts';
import { previewImport } from '../../src/jobs/import/import-data.ts';
import { readMapping } from '../../src/jobs/import/read-mapping.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { STATEMENTS_FOLDER } from './folders.ts';

// A program of its own, with the memory that its caller allows. Reads two mappings and writes how much it grew.
const [url = '', small = '', large = '', rejectsPath = ''] = process.argv.slice(2);
const database = createPostgresClient({ url, poolSizeMax: 2, logger: createLogger('silent') });
const statements = loadStatements(STATEMENTS_FOLDER);
const read = async (path: string): Promise<number | undefined> => {
  const mapping = readMapping(path);
  const options = { database, statements, mapping, rejectsPath, asOf: undefined, replaces: true };
  const { tables } = await previewImport({ ...options, progress: SILENT_PROGRESS });
  return tables[0]?.rows;
};
await read(small);
const before = process.memoryUsage.rss();
const rows = await read(large);
const grownBytes = process.resourceUsage().maxRSS * 1024 - before;
await database.close();
process.stdout.write(JSON.stringify({ rows, grownBytes }));
