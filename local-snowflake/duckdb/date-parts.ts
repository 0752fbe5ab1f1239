import { compilationError, unsupported } from '../errors.ts';
import type { Expression } from '../sql/syntax.ts';

const PARTS: Readonly<Record<string, string>> = {
  ...spelled('year', 'YEAR YEARS Y YY YYY YYYY YR'),
  ...spelled('quarter', 'QUARTER QUARTERS Q QTR QTRS'),
  ...spelled('month', 'MONTH MONTHS MM MON MONS'),
  ...spelled('week', 'WEEK WEEKS W WK WEEKOFYEAR'),
  ...spelled('day', 'DAY DAYS D DD DAYOFMONTH'),
  ...spelled('hour', 'HOUR HOURS H HH HR HRS'),
  ...spelled('minute', 'MINUTE MINUTES M MI MIN MINS'),
  ...spelled('second', 'SECOND SECONDS S SEC SECS'),
  ...spelled('millisecond', 'MILLISECOND MILLISECONDS MS MSEC'),
  ...spelled('microsecond', 'MICROSECOND MICROSECONDS US USEC'),
};

/** The DuckDB name of a date part that a call names as a word or a string. */
export function datePart(expression: Expression | undefined): string {
  const written = writtenPart(expression);
  const part = PARTS[written];
  if (!part) throw compilationError(`'${written}' is not a valid date/time component.`);
  return part;
}

/** DATE_PART as DuckDB has it: also the parts that only it knows. */
export function printDatePart(part: Expression | undefined, value: string): string {
  const written = writtenPart(part);
  switch (written) {
    case 'EPOCH_SECOND':
    case 'EPOCH':
    case 'EPOCH_SECONDS':
      return `CAST(floor(epoch(${value})) AS BIGINT)`;
    case 'EPOCH_MILLISECOND':
    case 'EPOCH_MILLISECONDS':
      return `epoch_ms(${value})`;
    case 'EPOCH_MICROSECOND':
    case 'EPOCH_MICROSECONDS':
      return `epoch_us(${value})`;
    case 'DAYOFWEEK':
    case 'DOW':
      return `date_part('dow', ${value})`;
    case 'DAYOFWEEKISO':
      return `date_part('isodow', ${value})`;
    case 'DAYOFYEAR':
      return `date_part('doy', ${value})`;
    default:
      return `date_part('${datePart(part)}', ${value})`;
  }
}

/** `amount` of a part as a DuckDB interval. */
export function interval(part: string, amount: string): string {
  const whole = `CAST(${amount} AS BIGINT)`;
  return part === 'quarter' ? `to_months(CAST(${whole} * 3 AS INTEGER))` : `to_${part}s(${narrow(part, whole)})`;
}

/** True when adding such a part to a date gives a date. */
export const keepsDate = (part: string) => ['year', 'quarter', 'month', 'week', 'day'].includes(part);

/** Parts of Snowflake's date formats, the longest first, with those of strftime. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['YYYY', '%Y'],
  ['MMMM', '%B'],
  ['HH24', '%H'],
  ['HH12', '%I'],
  ['MON', '%b'],
  ['FF3', '%g'],
  ['FF6', '%f'],
  ['MM', '%m'],
  ['DD', '%d'],
  ['DY', '%a'],
  ['MI', '%M'],
  ['SS', '%S'],
  ['AM', '%p'],
  ['PM', '%p'],
  ['YY', '%y'],
];

/** A Snowflake date format as one of strftime. @throws SnowflakeError for an element that is not known. */
export function strftimeFormat(format: Expression | undefined): string {
  if (format?.kind !== 'string') throw unsupported('a date format that is not a string literal');
  let translated = '';
  for (let rest = format.value; rest !== '';) {
    const found = FORMATS.find(([element]) => rest.toUpperCase().startsWith(element));
    const quotedText = /^"([^"]*)"/.exec(rest);
    if (!found && !quotedText && /^[A-Za-z]/.test(rest) && !/^T(?![A-Za-z])|^T(?=HH|MI|SS)/i.test(rest)) {
      throw unsupported(`date format '${format.value}'`);
    }
    translated += found ? found[1] : (quotedText?.[1] ?? rest.charAt(0)).replaceAll('%', '%%');
    rest = rest.slice(found ? found[0].length : (quotedText?.[0].length ?? 1));
  }
  return translated;
}

function writtenPart(expression: Expression | undefined): string {
  if (expression?.kind === 'string') return expression.value.toUpperCase();
  if (expression?.kind === 'column' && expression.parts.length === 1) return expression.parts[0] ?? '';
  throw compilationError('a date/time component is missing.');
}

function narrow(part: string, whole: string): string {
  return ['year', 'month', 'week', 'day'].includes(part) ? `CAST(${whole} AS INTEGER)` : whole;
}

function spelled(part: string, spellings: string): Record<string, string> {
  return Object.fromEntries(spellings.split(' ').map((spelling) => [spelling, part]));
}
