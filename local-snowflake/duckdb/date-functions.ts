import { type Expression } from '../sql/syntax.ts';
import { datePart, interval, keepsDate, printDatePart, strftimeFormat } from './date-parts.ts';
import { type FunctionEntry, template } from './function-spec.ts';
import { literal, type Printing } from './printing.ts';

type Spec = FunctionEntry[1];

/** Functions of dates and times. The time is the server's clock, which tests can move. */
export const DATE_FUNCTIONS: readonly FunctionEntry[] = [
  ['CURRENT_TIMESTAMP', clock('TIMESTAMPTZ')],
  ['LOCALTIMESTAMP', clock('TIMESTAMPTZ')],
  ['GETDATE', clock('TIMESTAMPTZ')],
  ['SYSDATE', clock('TIMESTAMP')],
  ['CURRENT_DATE', clock('DATE')],
  ['CURRENT_TIME', clock('TIME')],
  ...['DATEADD', 'TIMESTAMPADD', 'TIMEADD'].map((name): FunctionEntry => [name, addition()]),
  ...['DATEDIFF', 'TIMESTAMPDIFF', 'TIMEDIFF'].map((name): FunctionEntry => [name, difference()]),
  ['DATE_TRUNC', parted(([part, value]) => `sf_date_trunc('${datePart(part)}', ${value.printed})`)],
  ['DATE_PART', parted(([part, value]) => printDatePart(part, value.printed))],
  ['TO_CHAR', toText()],
  ['TO_VARCHAR', toText()],
  ['TO_DATE', toMoment('CAST', 'DATE')],
  ['TRY_TO_DATE', toMoment('TRY_CAST', 'DATE')],
  ['TO_TIMESTAMP', toMoment('CAST', 'TIMESTAMP')],
  ['TO_TIMESTAMP_NTZ', toMoment('CAST', 'TIMESTAMP')],
  ['TRY_TO_TIMESTAMP', toMoment('TRY_CAST', 'TIMESTAMP')],
  ['TO_TIMESTAMP_LTZ', toMoment('CAST', 'TIMESTAMPTZ')],
  ['TO_TIMESTAMP_TZ', toMoment('CAST', 'TIMESTAMPTZ')],
  ['LAST_DAY', { arity: [1, 1], kind: 'scalar', print: ([value]) => `sf_last_day(${value ?? ''})` }],
  template('ADD_MONTHS', 2, 'sf_add_months(#1, #2)'),
  ...[
    'YEAR',
    'QUARTER',
    'MONTH',
    'WEEK',
    'DAY',
    'HOUR',
    'MINUTE',
    'SECOND',
    'DAYOFWEEK',
    'DAYOFWEEKISO',
    'DAYOFYEAR',
    'DAYOFMONTH',
  ].map((name): FunctionEntry => [
    name,
    { arity: [1, 1], kind: 'scalar', print: ([value]) => printDatePart({ kind: 'string', value: name }, value ?? '') },
  ]),
  template('DAYNAME', 1, 'left(dayname(#1), 3)'),
  template('MONTHNAME', 1, 'left(monthname(#1), 3)'),
];

/** Words that are functions when written without parentheses. */
export const BARE_FUNCTIONS = new Set(['CURRENT_TIMESTAMP', 'LOCALTIMESTAMP', 'CURRENT_DATE', 'CURRENT_TIME']);

function clock(type: string): Spec {
  return {
    arity: [0, 1],
    kind: 'scalar',
    wantsSyntax: true,
    print: (_args, _call, printing) => {
      printing.markVolatile();
      const now = literal(`${new Date(printing.context.now()).toISOString().replace('Z', '')}+00`);
      const moment = `TIMESTAMPTZ ${now}`;
      return type === 'TIMESTAMPTZ' ? moment : `CAST(CAST(${moment} AS TIMESTAMP) AS ${type})`;
    },
  };
}

interface Value {
  readonly syntax: Expression;
  readonly printed: string;
}

/** A function whose first argument is a date part and whose second is a value; DATE_PART may also say it in text. */
function parted(print: (args: readonly [part: Expression, value: Value]) => string): Spec {
  return {
    arity: [2, 2],
    kind: 'scalar',
    wantsSyntax: true,
    repeatsArguments: true,
    print: (_args, call, printing) => {
      const [part, value] = call.args.map(({ value: argument }) => argument) as [Expression, Expression];
      return print([part, { syntax: value, printed: printing.expression(value) }]);
    },
  };
}

function addition(): Spec {
  return {
    arity: [3, 3],
    kind: 'scalar',
    wantsSyntax: true,
    repeatsArguments: true,
    print: (_args, call, printing) => {
      const part = datePart(call.args[0]?.value);
      const [amount, moment] = printedFrom(1, call.args, printing);
      const sum = `${moment ?? ''} + ${interval(part, amount ?? '')}`;
      return keepsDate(part) ? `cast_to_type(${sum}, ${moment ?? ''})` : `(${sum})`;
    },
  };
}

function difference(): Spec {
  return {
    arity: [3, 3],
    kind: 'scalar',
    wantsSyntax: true,
    print: (_args, call, printing) => {
      const [from, to] = printedFrom(1, call.args, printing);
      const part = datePart(call.args[0]?.value);
      // DuckDB counts spans of seven days here, Snowflake the Mondays between.
      if (part === 'week')
        return `date_diff('day', date_trunc('week', ${from ?? ''}), date_trunc('week', ${to ?? ''})) // 7`;
      return `date_diff('${part}', ${from ?? ''}, ${to ?? ''})`;
    },
  };
}

function toText(): Spec {
  return {
    arity: [1, 2],
    kind: 'scalar',
    repeatsArguments: true,
    print: ([value], call) => {
      const format = call.args[1]?.value;
      return format ? `strftime(${value ?? ''}, ${literal(strftimeFormat(format))})` : `sf_text(${value ?? ''})`;
    },
  };
}

/** From text with an optional format; from a number, as seconds since 1970. */
function toMoment(cast: string, type: string): Spec {
  return {
    arity: [1, 2],
    kind: 'scalar',
    repeatsArguments: true,
    print: ([value], call) => {
      const format = call.args[1]?.value;
      if (format) {
        const parse = cast === 'CAST' ? 'strptime' : 'try_strptime';
        return `CAST(${parse}(${value ?? ''}, ${literal(strftimeFormat(format))}) AS ${type})`;
      }
      const isEpoch = type === 'TIMESTAMP' && call.args[0]?.value.kind === 'number';
      return isEpoch ? `sf_timestamp(${value ?? ''})` : `${cast}(${value ?? ''} AS ${type})`;
    },
  };
}

function printedFrom(start: number, args: readonly { readonly value: Expression }[], printing: Printing): string[] {
  return args.slice(start).map(({ value }) => printing.expression(value));
}
