import { unsupported } from '../errors.ts';
import { calling, type FunctionEntry, sameNamed, template } from './function-spec.ts';

const MANY = 255;

/** Functions of numbers, text and conditions. */
export const SCALARS: readonly FunctionEntry[] = [
  ...sameNamed(
    'ABS CEIL FLOOR SQRT EXP LN SIGN SIN COS TAN ASIN ACOS ATAN RADIANS DEGREES UPPER LOWER REVERSE MD5',
    [1, 1],
  ),
  ...sameNamed('ROUND', [1, 2]),
  ...sameNamed('TRIM LTRIM RTRIM', [1, 2]),
  ...sameNamed('COALESCE', [1, MANY]),
  ...sameNamed('NULLIF LEFT RIGHT REPEAT ATAN2', [2, 2]),
  ...sameNamed('REPLACE', [3, 3]),
  calling('POWER', 'pow', [2, 2]),
  calling('POW', 'pow', [2, 2]),
  calling('LENGTH', 'length', [1, 1]),
  calling('LEN', 'length', [1, 1]),
  calling('MD5_HEX', 'md5', [1, 1]),
  calling('INITCAP', 'sf_initcap', [1, 1]),
  calling('NVL', 'coalesce', [2, 2]),
  calling('IFNULL', 'coalesce', [2, 2]),
  calling('STARTSWITH', 'starts_with', [2, 2]),
  calling('ENDSWITH', 'ends_with', [2, 2]),
  calling('CONTAINS', 'contains', [2, 2]),
  calling('SPLIT_PART', 'split_part', [3, 3]),
  calling('REGEXP_LIKE', 'regexp_full_match', [2, 2]),
  calling('REGEXP_SUBSTR', 'sf_regexp_substr', [2, 2]),
  calling('DIV0', 'sf_div0', [2, 2]),
  calling('DIV0NULL', 'sf_div0null', [2, 2]),
  template('LOG', 2, 'ln(#2) / ln(#1)'),
  template('MOD', 2, 'sf_modulo(#1, #2)'),
  template('SQUARE', 1, 'pow(#1, 2)'),
  template('NVL2', 3, 'CASE WHEN #1 IS NOT NULL THEN #2 ELSE #3 END'),
  template('IFF', 3, 'CASE WHEN #1 THEN #2 ELSE #3 END'),
  template('ZEROIFNULL', 1, 'coalesce(#1, 0)'),
  template('NULLIFZERO', 1, 'nullif(#1, 0)'),
  template('EQUAL_NULL', 2, '(#1 IS NOT DISTINCT FROM #2)'),
  template('CHARINDEX', 2, 'strpos(#2, #1)'),
  template('POSITION', 2, 'strpos(#2, #1)'),
  template('SHA2', 1, 'sha256(#1)'),
  template('SHA2_HEX', 1, 'sha256(#1)'),
  template('UUID_STRING', 0, 'CAST(gen_random_uuid() AS VARCHAR)'),
  template('RANDOM', 0, 'CAST(CAST(hash(random()) AS HUGEINT) - 9223372036854775808 AS DECIMAL(19, 0))'),
  template('SEQ4', 0, '"SF_SEQUENCE"'),
  template('SEQ8', 0, '"SF_SEQUENCE"'),
  template('TO_DOUBLE', 1, 'CAST(#1 AS DOUBLE)'),
  template('TRY_TO_DOUBLE', 1, 'TRY_CAST(#1 AS DOUBLE)'),
  template('TO_BOOLEAN', 1, 'CAST(#1 AS BOOLEAN)'),
  ['GREATEST', nullPropagating('greatest')],
  ['LEAST', nullPropagating('least')],
  [
    'CONCAT',
    { arity: [1, MANY], kind: 'scalar', print: (args) => `(${args.map((arg) => `sf_text(${arg})`).join(' || ')})` },
  ],
  [
    'CONCAT_WS',
    {
      arity: [2, MANY],
      kind: 'scalar',
      print: ([separator, ...rest]) =>
        `sf_concat_ws(${separator ?? ''}, [${rest.map((arg) => `sf_text(${arg})`).join(', ')}])`,
    },
  ],
  ['SUBSTRING', substring()],
  ['SUBSTR', substring()],
  ['LPAD', padding('lpad')],
  ['RPAD', padding('rpad')],
  ['TRUNC', truncation()],
  ['TRUNCATE', truncation()],
  ['TO_NUMBER', conversionToNumber('CAST')],
  ['TO_DECIMAL', conversionToNumber('CAST')],
  ['TRY_TO_NUMBER', conversionToNumber('TRY_CAST')],
  ['UNIFORM', uniform()],
  ['DECODE', decode()],
  [
    'REGEXP_REPLACE',
    {
      arity: [2, 3],
      kind: 'scalar',
      print: ([text, pattern, by]) => `regexp_replace(${text ?? ''}, ${pattern ?? ''}, ${by ?? "''"}, 'g')`,
    },
  ],
  [
    'HASH',
    {
      arity: [1, MANY],
      kind: 'scalar',
      print: (args) => `CAST(CAST(hash(${args.join(', ')}) AS HUGEINT) - 9223372036854775808 AS DECIMAL(19, 0))`,
    },
  ],
];

type Spec = FunctionEntry[1];

/** NULL when any argument is: DuckDB's own skip them. */
function nullPropagating(name: string): Spec {
  const print = (args: readonly string[]) =>
    `CASE WHEN ${args.map((arg) => `${arg} IS NULL`).join(' OR ')} THEN NULL ELSE ${name}(${args.join(', ')}) END`;
  return { arity: [1, MANY], kind: 'scalar', repeatsArguments: true, print };
}

function substring(): Spec {
  const print = (args: readonly string[]) =>
    `${args.length === 2 ? 'sf_substring_from' : 'sf_substring'}(${args.join(', ')})`;
  return { arity: [2, 3], kind: 'scalar', repeatsArguments: true, print };
}

function padding(name: string): Spec {
  return {
    arity: [2, 3],
    kind: 'scalar',
    print: ([text, length, by]) => `${name}(sf_text(${text ?? ''}), CAST(${length ?? ''} AS INTEGER), ${by ?? "' '"})`,
  };
}

/** TRUNC of a number to so many digits; of a date, DATE_TRUNC must be written. */
function truncation(): Spec {
  return {
    arity: [1, 2],
    kind: 'scalar',
    print: ([value, digits], call) => {
      if (call.args[1] && call.args[1].value.kind !== 'number') throw unsupported('TRUNC of a date', call.place);
      return digits === undefined ? `trunc(${value ?? ''})` : `trunc(${value ?? ''}, ${digits})`;
    },
  };
}

function conversionToNumber(cast: string): Spec {
  return {
    arity: [1, 3],
    kind: 'scalar',
    print: ([value], call) => {
      const [precision, scale] = call.args.slice(1).map(({ value: argument }) => {
        if (argument.kind !== 'number') throw unsupported(`${call.name} with a format`, call.place);
        return argument.text;
      });
      return `${cast}(${value ?? ''} AS DECIMAL(${precision ?? '38'}, ${scale ?? '0'}))`;
    },
  };
}

/** UNIFORM(min, max, generator): whole numbers unless a bound is written with a point or cast to FLOAT. */
function uniform(): Spec {
  return {
    arity: [3, 3],
    kind: 'scalar',
    repeatsArguments: false,
    print: ([least, most], call) => {
      const isFloat = call.args
        .slice(0, 2)
        .some(
          ({ value }) =>
            (value.kind === 'number' && value.text.includes('.')) ||
            (value.kind === 'cast' && value.type.name === 'FLOAT'),
        );
      const span = `(${most ?? ''}) - (${least ?? ''})`;
      if (isFloat) return `(CAST(${least ?? ''} AS DOUBLE) + random() * (${span}))`;
      return `CAST(floor((${least ?? ''}) + random() * (${span} + 1)) AS DECIMAL(38, 0))`;
    },
  };
}

function decode(): Spec {
  return {
    arity: [3, MANY],
    kind: 'scalar',
    repeatsArguments: true,
    print: ([operand, ...rest]) => {
      const otherwise = rest.length % 2 === 1 ? rest.pop() : 'NULL';
      const branches = [];
      for (let place = 0; place < rest.length; place += 2) {
        branches.push(`WHEN ${operand ?? ''} IS NOT DISTINCT FROM ${rest[place] ?? ''} THEN ${rest[place + 1] ?? ''}`);
      }
      return `CASE ${branches.join(' ')} ELSE ${otherwise ?? 'NULL'} END`;
    },
  };
}
