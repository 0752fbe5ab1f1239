import { join } from 'node:path';

/** The checkout that is tested. */
export const ROOT_FOLDER = join(import.meta.dirname, '../..');
export const MIGRATIONS_FOLDER = join(ROOT_FOLDER, 'sql/postgres/migrations');
export const STATEMENTS_FOLDER = join(ROOT_FOLDER, 'sql/postgres/queries');
export const OPERATIONS_FOLDER = join(ROOT_FOLDER, 'schema/operations');
export const SNOWFLAKE_SETUP_FOLDER = join(ROOT_FOLDER, 'sql/snowflake/setup');
