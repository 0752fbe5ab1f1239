import { invalidIdentifier, SnowflakeError } from '../errors.ts';

type Rule = readonly [pattern: RegExp, toError: (match: RegExpExecArray, cause: unknown) => SnowflakeError];

const plain =
  (code: string, sqlState: string, message: string): Rule[1] =>
  (match, cause) =>
    new SnowflakeError(
      code,
      sqlState,
      message.replaceAll(/\{(\d)\}/g, (_, group) => match[Number(group)] ?? ''),
      { cause },
    );

const RULES: readonly Rule[] = [
  [/duplicate key|violates primary key|violates unique/i, plain('200001', '22000', 'A primary key already exists.')],
  [
    /NOT NULL constraint failed: (?:.*\.)?"?([^".]+)"?$/m,
    plain('100072', '22000', 'NULL result in a non-nullable column'),
  ],
  [/CHECK constraint failed/, plain('100078', '22000', 'A string is too long for its column and would be truncated')],
  [/Division by zero/, plain('100051', '22012', 'Division by zero')],
  [
    /Referenced column "([^"]+)" not found|Column "([^"]+)" referenced that exists in the SELECT clause|does not have a column named "([^"]+)"|column with name "?([^"\s]+)"? (?:does not exist|not found)/i,
    (match) => invalidIdentifier((match.slice(1) as (string | undefined)[]).find((name) => name !== undefined) ?? ''),
  ],
  [/Referenced table "([^"]+)" not found/, (match) => invalidIdentifier(match[1] ?? '')],
  [
    /Ambiguous reference to column name "([^"]+)"/,
    plain('000904', '42000', `SQL compilation error:\nambiguous column name '{1}'`),
  ],
  [
    /column "?([^"\s]+)"? must appear in the GROUP BY/i,
    plain(
      '000979',
      '42601',
      `SQL compilation error:\n'{1}' in select clause is neither an aggregate nor in the group by clause.`,
    ),
  ],
  [
    /Could not convert string '([^]*?)' to (?:U?(?:TINY|SMALL|BIG|HUGE)?INT|INT\d+|DOUBLE|DECIMAL)/,
    plain('100038', '22018', `Numeric value '{1}' is not recognized`),
  ],
  [/Could not convert string "([^]*?)" to DECIMAL/, plain('100038', '22018', `Numeric value '{1}' is not recognized`)],
  [/Could not convert string '([^]*?)' to BOOL/, plain('100037', '22018', `Boolean value '{1}' is not recognized`)],
  [/date field value out of range: "([^]*?)"/, plain('100040', '22007', `Date '{1}' is not recognized`)],
  [/timestamp field value out of range: "([^]*?)"/, plain('100035', '22007', `Timestamp '{1}' is not recognized`)],
  [/invalid date field format: "([^]*?)"/, plain('100040', '22007', `Date '{1}' is not recognized`)],
  [/invalid timestamp field format: "([^]*?)"/, plain('100035', '22007', `Timestamp '{1}' is not recognized`)],
  [/Malformed JSON|Invalid JSON/i, plain('100069', '22P02', 'Error parsing JSON')],
  [
    /out of range|Overflow in|Could not cast value .* to DECIMAL/i,
    plain('100046', '22003', 'Number out of representable range'),
  ],
  [
    /Conflict on (?:update|tuple)|Transaction conflict|write-write conflict/i,
    plain('000625', '40001', 'Statement was aborted because of a conflict with another transaction.'),
  ],
  [
    /More than one row returned by a subquery/i,
    plain('090150', '22000', 'Single-row subquery returns more than one row.'),
  ],
  [/INTERRUPT/i, plain('000604', '57014', 'SQL execution canceled')],
];

/** What Snowflake would report for an error of DuckDB; the original is its cause. */
export function engineError(error: unknown): SnowflakeError {
  if (error instanceof SnowflakeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  for (const [pattern, toError] of RULES) {
    const match = pattern.exec(message);
    if (match) return toError(match, error);
  }
  const first = message.split('\n')[0] ?? message;
  return new SnowflakeError('002014', '42601', `SQL compilation error:\n${first}`, { cause: error });
}

/** True when the statement may be tried again: another session changed the same row first. */
export const isConflict = (error: unknown) => error instanceof SnowflakeError && error.code === '000625';
