import { alreadyExists, doesNotExist } from '../errors.ts';
import type { ColumnDefinition, ForeignKey, IndexDefinition, Statement, TableKind } from '../sql/statement-syntax.ts';
import type { Expression } from '../sql/syntax.ts';
import type { TrackedChanges } from './changes.ts';

/** A full name: database, schema, object. */
export interface FullName {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
}

/** What a table, view or stream is, besides its name. Tables are swapped and renamed by moving this to another name. */
export interface Table {
  readonly kind: TableKind | 'VIEW' | 'STREAM';
  /** The name of the DuckDB table that holds the rows; a view has none. */
  readonly physicalName: string;
  columns: readonly ColumnDefinition[];
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKey[];
  indexes: readonly IndexDefinition[];
  properties: ReadonlyMap<string, string>;
  /** The query of a dynamic table or view, with the schema in which its names are looked up. */
  readonly definition?: { readonly text: string; readonly database: string; readonly schema: string } | undefined;
  readonly createdOn: number;
  state: 'ACTIVE' | 'SUSPENDED';
  /** What it was like before, while its CHANGE_TRACKING is on. */
  tracked?: TrackedChanges | undefined;
  /** Grows with each change of the rows. */
  changes: number;
  /** The table whose new rows a stream collects. */
  readonly follows?: Table | undefined;
  /** When a dynamic table was computed last; undefined before the first time. */
  refreshedOn?: number | undefined;
  /** When it failed to be computed last. */
  failedOn?: number | undefined;
  /** The tables, and their changes, from which a dynamic table was computed last. */
  refreshedFrom?: string | undefined;
}

/** An object that is only recorded. */
export interface RecordedObject {
  readonly kind: string;
  readonly name: string;
  readonly database: string | null;
  readonly schema: string | null;
  properties: ReadonlyMap<string, string>;
  readonly body: string | undefined;
  readonly createdOn: number;
  state: string;
  readonly task?: Task | undefined;
}

/** When a recorded task runs, and what; names are looked up in its own schema. */
export interface Task {
  readonly after: readonly FullName[];
  readonly when: Expression | undefined;
  readonly statement: Statement;
  /** The moment from which its schedule is counted: when it was resumed, or was due last. */
  scheduledFrom: number;
}

export interface Grant {
  readonly privileges: string;
  readonly on: string;
  readonly grantee: string;
  readonly createdOn: number;
}

interface Schema {
  readonly createdOn: number;
  readonly tables: Map<string, Table>;
}

interface Database {
  readonly createdOn: number;
  readonly schemas: Map<string, Schema>;
}

/** Every object of the account. Names are compared exactly; unquoted ones arrive in upper case. */
export class Catalog {
  readonly #databases = new Map<string, Database>();
  readonly #objects = new Map<string, RecordedObject>();
  #grants: Grant[] = [];
  #version = 0;
  #tables = 0;
  #streams: { readonly version: number; readonly streams: readonly Table[] } = { version: -1, streams: [] };

  /** Grows with each change of a table, so that translations made before are not used again. */
  get version(): number {
    return this.#version;
  }

  /** A name for a new DuckDB table: no two tables ever share one. */
  nextPhysicalName({ database, schema, name }: FullName): string {
    this.#tables += 1;
    return `${database}.${schema}.${name}.${this.#tables}`;
  }

  createDatabase(name: string, createdOn: number): void {
    if (this.#databases.has(name)) throw alreadyExists(name);
    this.#databases.set(name, { createdOn, schemas: new Map() });
    for (const schema of ['PUBLIC', 'INFORMATION_SCHEMA']) this.createSchema(name, schema, createdOn);
  }

  /** Drops a database with all that is in it; gives back the tables, whose rows are the caller's to drop. */
  dropDatabase(name: string): Table[] {
    const tables = this.schemasOf(name).flatMap(([schema]) => this.dropSchema(name, schema));
    this.#databases.delete(name);
    for (const [key, object] of this.#objects) if (object.database === name) this.#objects.delete(key);
    return tables;
  }

  createSchema(database: string, name: string, createdOn: number): void {
    const { schemas } = this.#database(database);
    if (schemas.has(name)) throw alreadyExists(name);
    schemas.set(name, { createdOn, tables: new Map() });
    this.#version += 1;
  }

  dropSchema(database: string, name: string): Table[] {
    const tables = [...this.#schema(database, name).tables.values()];
    this.#database(database).schemas.delete(name);
    for (const [key, object] of this.#objects) {
      if (object.database === database && object.schema === name) this.#objects.delete(key);
    }
    this.#version += 1;
    return tables;
  }

  hasDatabase(name: string): boolean {
    return this.#databases.has(name);
  }

  hasSchema(database: string, name: string): boolean {
    return this.#databases.get(database)?.schemas.has(name) ?? false;
  }

  databases(): [name: string, createdOn: number][] {
    return [...this.#databases].map(([name, { createdOn }]) => [name, createdOn]);
  }

  schemasOf(database: string): [name: string, createdOn: number][] {
    return [...this.#database(database).schemas].map(([name, { createdOn }]) => [name, createdOn]);
  }

  tablesOf(database: string, schema: string): [name: string, table: Table][] {
    return [...this.#schema(database, schema).tables];
  }

  /** Every table, view and stream with its name. */
  allTables(): [fullName: FullName, table: Table][] {
    return [...this.#databases].flatMap(([database, { schemas }]) =>
      [...schemas].flatMap(([schema, { tables }]) =>
        [...tables].map(([name, table]): [FullName, Table] => [{ database, schema, name }, table]),
      ),
    );
  }

  streams(): readonly Table[] {
    if (this.#streams.version !== this.#version) {
      const streams = this.allTables().flatMap(([, table]) => (table.kind === 'STREAM' ? [table] : []));
      this.#streams = { version: this.#version, streams };
    }
    return this.#streams.streams;
  }

  findTable({ database, schema, name }: FullName): Table | undefined {
    return this.#databases.get(database)?.schemas.get(schema)?.tables.get(name);
  }

  /** @throws SnowflakeError when there is no such table or view. */
  table(fullName: FullName, kind = 'Object'): Table {
    const table = this.findTable(fullName);
    if (!table) throw doesNotExist(kind, nameText(fullName));
    return table;
  }

  /** Puts a table under a name; one that was there under it is replaced. */
  putTable({ database, schema, name }: FullName, table: Table): void {
    this.#schema(database, schema).tables.set(name, table);
    this.#version += 1;
  }

  dropTable({ database, schema, name }: FullName): void {
    this.#schema(database, schema).tables.delete(name);
    this.#version += 1;
  }

  /** Says that a table's columns or keys have changed. */
  touch(): void {
    this.#version += 1;
  }

  putObject(object: RecordedObject): void {
    this.#objects.set(objectKey(object), object);
  }

  findObject(of: Pick<RecordedObject, 'kind' | 'name' | 'database' | 'schema'>): RecordedObject | undefined {
    return this.#objects.get(objectKey(of));
  }

  /** Drops an object; a role takes the grants to it and of it along. */
  dropObject(of: Pick<RecordedObject, 'kind' | 'name' | 'database' | 'schema'>): void {
    this.#objects.delete(objectKey(of));
    if (of.kind !== 'ROLE') return;
    const role = `ROLE ${of.name}`;
    this.#grants = this.#grants.filter(({ privileges, grantee }) => privileges !== role && grantee !== role);
  }

  objectsOf(kind: string): RecordedObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  grants(): readonly Grant[] {
    return this.#grants;
  }

  /** Granting again changes nothing. */
  grant(grant: Grant): void {
    const isThere = this.#grants.some(
      ({ privileges, on, grantee }) => privileges === grant.privileges && on === grant.on && grantee === grant.grantee,
    );
    if (!isThere) this.#grants.push(grant);
  }

  revoke({ privileges, on, grantee }: Omit<Grant, 'createdOn'>): void {
    this.#grants = this.#grants.filter(
      (grant) => grant.privileges !== privileges || grant.on !== on || grant.grantee !== grantee,
    );
  }

  #database(name: string): Database {
    const database = this.#databases.get(name);
    if (!database) throw doesNotExist('Database', name);
    return database;
  }

  #schema(database: string, name: string): Schema {
    const schema = this.#database(database).schemas.get(name);
    if (!schema) throw doesNotExist('Schema', `${database}.${name}`);
    return schema;
  }
}

/** `DATABASE.SCHEMA.NAME`. */
export const nameText = ({ database, schema, name }: FullName) => `${database}.${schema}.${name}`;

const objectKey = ({ kind, name, database, schema }: Pick<RecordedObject, 'kind' | 'name' | 'database' | 'schema'>) =>
  JSON.stringify([kind, database, schema, name]);
