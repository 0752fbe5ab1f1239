import type { Place } from '../errors.ts';

/** A data type with its arguments, for example NUMBER(10, 2). */
export interface DataType {
  readonly name: string;
  readonly args: readonly number[];
}

/** One argument of a call; `name` is set for `name => value`. */
export interface Argument {
  readonly name?: string | undefined;
  readonly value: Expression;
}

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nulls?: 'FIRST' | 'LAST' | undefined;
}

export interface Frame {
  readonly unit: 'ROWS' | 'RANGE';
  readonly from: string;
  readonly to: string;
}

export interface Window {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame?: Frame | undefined;
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Argument[];
  readonly distinct: boolean;
  readonly withinGroup?: readonly OrderItem[] | undefined;
  readonly ignoreNulls: boolean;
  readonly over?: Window | undefined;
  readonly place: Place;
}

export interface Star {
  readonly kind: 'star';
  readonly table?: string | undefined;
  readonly exclude: readonly string[];
}

export interface Like {
  readonly kind: 'like';
  readonly operator: 'LIKE' | 'ILIKE' | 'RLIKE';
  readonly operand: Expression;
  readonly quantifier?: 'ANY' | 'ALL' | undefined;
  readonly patterns: readonly Expression[];
  readonly escape?: Expression | undefined;
  readonly negated: boolean;
}

/** A step of a VARIANT path: a key, or an index or key that is computed. */
export type PathStep =
  { readonly kind: 'key'; readonly key: string } | { readonly kind: 'element'; readonly element: Expression };

export type Expression =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'interval'; readonly text: string; readonly place: Place }
  | { readonly kind: 'bind'; readonly index: number }
  | { readonly kind: 'variable'; readonly name: string; readonly place: Place }
  | { readonly kind: 'column'; readonly parts: readonly string[]; readonly place: Place }
  | { readonly kind: 'position'; readonly index: number }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'NOT'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'is';
      readonly operand: Expression;
      readonly what: 'NULL' | 'TRUE' | 'FALSE';
      readonly negated: boolean;
    }
  | { readonly kind: 'distinct'; readonly left: Expression; readonly right: Expression; readonly negated: boolean }
  | {
      readonly kind: 'in';
      readonly operand: Expression;
      readonly items: readonly Expression[] | Query;
      readonly negated: boolean;
    }
  | {
      readonly kind: 'between';
      readonly operand: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly negated: boolean;
    }
  | Like
  | {
      readonly kind: 'case';
      readonly operand?: Expression | undefined;
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise?: Expression | undefined;
    }
  | {
      readonly kind: 'cast';
      readonly operand: Expression;
      readonly type: DataType;
      readonly isTry: boolean;
      readonly place: Place;
    }
  | { readonly kind: 'path'; readonly operand: Expression; readonly steps: readonly PathStep[] }
  | { readonly kind: 'exists'; readonly query: Query }
  | { readonly kind: 'subquery'; readonly query: Query }
  | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
  | Call
  | Star;

export interface SelectItem {
  readonly expression: Expression;
  readonly alias?: string | undefined;
  /** What Snowflake calls an unnamed column: its source text in upper case. */
  readonly text: string;
}

export interface TableAlias {
  readonly name: string;
  readonly columns: readonly string[];
}

export type TableSource =
  | {
      readonly kind: 'table';
      readonly name: readonly string[];
      /** With CHANGES: the moment from which on they are wanted, in milliseconds since 1970. */
      readonly changesSince?: number | undefined;
      readonly alias?: TableAlias | undefined;
      readonly place: Place;
    }
  | {
      readonly kind: 'derived';
      readonly query: Query;
      readonly alias?: TableAlias | undefined;
      readonly isLateral: boolean;
    }
  | {
      readonly kind: 'values';
      readonly rows: readonly (readonly Expression[])[];
      readonly alias?: TableAlias | undefined;
    }
  | { readonly kind: 'function'; readonly call: Call; readonly alias?: TableAlias | undefined };

export interface Join {
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
  readonly source: TableSource;
  readonly on?: Expression | undefined;
  readonly using?: readonly string[] | undefined;
}

export interface FromItem {
  readonly source: TableSource;
  readonly joins: readonly Join[];
}

export interface Grouping {
  readonly kind: 'expressions' | 'ALL' | 'ROLLUP' | 'CUBE';
  readonly expressions: readonly Expression[];
}

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  /** The rows of SELECT TOP n. */
  readonly top?: string | undefined;
  readonly items: readonly SelectItem[];
  readonly from: readonly FromItem[];
  readonly where?: Expression | undefined;
  readonly groupBy?: Grouping | undefined;
  readonly having?: Expression | undefined;
  readonly qualify?: Expression | undefined;
}

export interface SetOperation {
  readonly kind: 'set';
  readonly operator: 'UNION' | 'UNION ALL' | 'INTERSECT' | 'EXCEPT';
  readonly left: QueryBody;
  readonly right: QueryBody;
}

export type QueryBody = Select | SetOperation | { readonly kind: 'nested'; readonly query: Query };

export interface CommonTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: Query;
}

export interface Query {
  readonly isRecursive: boolean;
  readonly with: readonly CommonTable[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Expression | undefined;
  readonly offset?: Expression | undefined;
}
