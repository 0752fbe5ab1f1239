import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** Where an installation keeps the files that the program reads. */
export const INSTALLATION = {
  schema: join(ROOT, 'schema'),
  operations: join(ROOT, 'schema/operations'),
  migrations: join(ROOT, 'sql/postgres/migrations'),
  statements: join(ROOT, 'sql/postgres/queries'),
  snowflakeStatements: join(ROOT, 'sql/snowflake/queries'),
  /** The built pages. */
  pages: join(ROOT, 'web/dist'),
  /** What makes the tables in Snowflake. */
  snowflakeSetup: join(ROOT, 'sql/snowflake/setup'),
  /** Templates of the service specifications; only in a checkout, not in the image. */
  serviceSpecs: join(ROOT, 'deploy/spcs'),
  /** The models that ship, each in a folder `<name>/<version>`. */
  models: join(ROOT, 'models'),
} as const;
