/** A column as the driver wants it described. */
export interface ResultColumn {
  readonly name: string;
  /** Snowflake's name of the kind: fixed, text, timestamp_ntz, … */
  readonly type: string;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly length: number | null;
  readonly nullable: boolean;
}

/** What a statement answers: every cell is text, as it goes over the wire. */
export interface ResultSet {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly statementTypeId: number;
}

/** Statement types that the driver tells apart. */
export const STATEMENT_TYPES = {
  select: 0x1000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  session: 0x4000,
  transaction: 0x5000,
  ddl: 0x6000,
} as const;

export const textColumn = (name: string): ResultColumn => ({
  name,
  type: 'text',
  precision: null,
  scale: null,
  length: 16_777_216,
  nullable: true,
});

const numberColumn = (name: string): ResultColumn => ({
  name,
  type: 'fixed',
  precision: 19,
  scale: 0,
  length: null,
  nullable: false,
});

/** One row with one text, as DDL answers. */
export function statusResult(text: string, statementTypeId: number = STATEMENT_TYPES.ddl): ResultSet {
  return { columns: [textColumn('status')], rows: [[text]], statementTypeId };
}

/** One row of counts, as DML answers. */
export function countsResult(counts: Readonly<Record<string, number>>, statementTypeId: number): ResultSet {
  const names = Object.keys(counts);
  return { columns: names.map(numberColumn), rows: [names.map((name) => String(counts[name]))], statementTypeId };
}

/** Rows of text, as SHOW and DESCRIBE answer. */
export function textResult(names: readonly string[], rows: readonly (readonly (string | null)[])[]): ResultSet {
  return { columns: names.map(textColumn), rows, statementTypeId: STATEMENT_TYPES.select };
}
