import type { Place } from '../errors.ts';
import type { DataType, Expression, FromItem, Query, TableAlias, TableSource } from './syntax.ts';

/** A name of one to three parts with its place. */
export interface ObjectName {
  readonly parts: readonly string[];
  readonly place: Place;
}

export interface Assignment {
  readonly column: string;
  readonly value: Expression;
}

export interface Insert {
  readonly kind: 'insert';
  readonly table: ObjectName;
  readonly columns: readonly string[];
  readonly source: Query | readonly (readonly Expression[])[];
  readonly isOverwrite: boolean;
}

export interface Update {
  readonly kind: 'update';
  readonly table: ObjectName;
  readonly alias?: TableAlias | undefined;
  readonly set: readonly Assignment[];
  readonly from: readonly FromItem[];
  readonly where?: Expression | undefined;
}

export interface Delete {
  readonly kind: 'delete';
  readonly table: ObjectName;
  readonly alias?: TableAlias | undefined;
  readonly using: readonly TableSource[];
  readonly where?: Expression | undefined;
}

export type MergeAction =
  | { readonly kind: 'update'; readonly set: readonly Assignment[] }
  | { readonly kind: 'delete' }
  | { readonly kind: 'insert'; readonly columns: readonly string[]; readonly values: readonly Expression[] };

export interface MergeWhen {
  readonly matched: boolean;
  readonly condition?: Expression | undefined;
  readonly action: MergeAction;
}

export interface Merge {
  readonly kind: 'merge';
  readonly table: ObjectName;
  readonly alias?: TableAlias | undefined;
  readonly using: TableSource;
  readonly on: Expression;
  readonly whens: readonly MergeWhen[];
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: DataType;
  readonly isNotNull: boolean;
  readonly defaultValue?: Expression | undefined;
  readonly isAutoIncrement: boolean;
  readonly comment?: string | undefined;
}

export interface IndexDefinition {
  readonly name: string;
  readonly columns: readonly string[];
  readonly include: readonly string[];
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly parent: ObjectName;
  readonly parentColumns: readonly string[];
}

export type TableKind = 'TABLE' | 'TRANSIENT' | 'HYBRID' | 'DYNAMIC';

export interface CreateTable {
  readonly kind: 'create table';
  readonly table: ObjectName;
  readonly tableKind: TableKind;
  readonly isReplace: boolean;
  readonly ifNotExists: boolean;
  readonly columns: readonly ColumnDefinition[];
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly indexes: readonly IndexDefinition[];
  readonly properties: ReadonlyMap<string, string>;
  readonly query?: Query | undefined;
  /** The query's source text, for dynamic tables. */
  readonly queryText?: string | undefined;
  readonly copyOf?: { readonly table: ObjectName; readonly withRows: boolean } | undefined;
}

export interface CreateView {
  readonly kind: 'create view';
  readonly view: ObjectName;
  readonly isReplace: boolean;
  readonly ifNotExists: boolean;
  readonly columns: readonly string[];
  readonly query: Query;
  readonly queryText: string;
}

export type AlterAction =
  | { readonly kind: 'rename'; readonly to: ObjectName }
  | { readonly kind: 'swap'; readonly with: ObjectName }
  | { readonly kind: 'add column'; readonly ifNotExists: boolean; readonly column: ColumnDefinition }
  | { readonly kind: 'drop column'; readonly ifExists: boolean; readonly columns: readonly string[] }
  | { readonly kind: 'rename column'; readonly from: string; readonly to: string }
  | { readonly kind: 'set'; readonly properties: ReadonlyMap<string, string> }
  | { readonly kind: 'unset'; readonly names: readonly string[] }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' };

/** An object that is only recorded, such as a role, a warehouse or a service; `kind` as in CREATE <objectKind>. */
export interface CreateObject {
  readonly kind: 'create object';
  readonly objectKind: string;
  readonly object: ObjectName;
  readonly isReplace: boolean;
  readonly ifNotExists: boolean;
  readonly properties: ReadonlyMap<string, string>;
  /** What follows AS in a task, what comes behind the name of a service or an alert. */
  readonly body?: string | undefined;
  readonly task?: TaskDefinition | undefined;
}

/** When a task runs, and what. */
export interface TaskDefinition {
  /** The tasks that must have run before; a root task has none. */
  readonly after: readonly ObjectName[];
  readonly when?: Expression | undefined;
  readonly statement: Statement;
}

/** CREATE STREAM … ON TABLE … APPEND_ONLY = TRUE: the rows that come into a table from now on. */
export interface CreateStream {
  readonly kind: 'create stream';
  readonly stream: ObjectName;
  readonly table: ObjectName;
  readonly isReplace: boolean;
  readonly ifNotExists: boolean;
  readonly properties: ReadonlyMap<string, string>;
}

export interface Show {
  readonly kind: 'show';
  readonly objectKind: string;
  readonly like?: string | undefined;
  readonly startsWith?: string | undefined;
  readonly scope?: { readonly kind: string; readonly name: ObjectName | undefined } | undefined;
  readonly limit?: number | undefined;
}

export type Statement =
  | { readonly kind: 'query'; readonly query: Query }
  | Insert
  | Update
  | Delete
  | Merge
  | { readonly kind: 'truncate'; readonly table: ObjectName; readonly ifExists: boolean }
  | CreateTable
  | CreateView
  | {
      readonly kind: 'create index';
      readonly table: ObjectName;
      readonly index: IndexDefinition;
      readonly ifNotExists: boolean;
    }
  | CreateObject
  | CreateStream
  | { readonly kind: 'drop'; readonly objectKind: string; readonly object: ObjectName; readonly ifExists: boolean }
  | {
      readonly kind: 'alter table';
      readonly table: ObjectName;
      readonly ifExists: boolean;
      readonly action: AlterAction;
    }
  | {
      readonly kind: 'alter object';
      readonly objectKind: string;
      readonly object: ObjectName;
      readonly ifExists: boolean;
      readonly properties: ReadonlyMap<string, string>;
      readonly text: string;
    }
  | {
      readonly kind: 'grant';
      readonly isRevoke: boolean;
      readonly privileges: string;
      readonly on: string;
      readonly grantee: string;
    }
  | {
      readonly kind: 'use';
      readonly objectKind: 'DATABASE' | 'SCHEMA' | 'ROLE' | 'WAREHOUSE' | 'SECONDARY ROLES';
      readonly name: ObjectName;
    }
  | { readonly kind: 'alter session'; readonly set: ReadonlyMap<string, string>; readonly unset: readonly string[] }
  | { readonly kind: 'set variables'; readonly names: readonly string[]; readonly values: readonly Expression[] }
  | { readonly kind: 'unset variables'; readonly names: readonly string[] }
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  | Show
  | { readonly kind: 'describe'; readonly objectKind: string; readonly object: ObjectName }
  | { readonly kind: 'execute task'; readonly object: ObjectName };
