import { type Place, syntaxError } from '../errors.ts';

export type TokenKind = 'word' | 'quoted' | 'number' | 'string' | 'symbol' | 'bind' | 'variable' | 'position' | 'end';

/**
 * A token of Snowflake SQL. `text` is the upper-cased word, the name inside quotes, the decoded string, the digits, the
 * symbol, the number of a bind (`:2`; empty for `?`), the name of a `$variable` or the number of a `$1` position.
 */
export interface Token extends Place {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SYMBOLS = ['->>', '::', '||', '<=', '>=', '<>', '!=', '=>', ':=', '->'];
const SINGLE_SYMBOLS = '+-*/%=<>(),.;:[]{}@!&|^~';
const SPACE = /[\s\u00a0\ufeff]+/y;
const COMMENT = /--[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\//y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING = /'(?:[^'\\]|''|\\[^])*'/y;
const DOLLAR_STRING = /\$\$([^]*?)\$\$/y;
const QUOTED = /"((?:[^"]|"")+)"/y;
const BIND = /\?|:(\d+)/y;
const VARIABLE = /\$([A-Za-z_]\w*)/y;
const POSITION = /\$(\d+)/y;

type Rule = readonly [kind: TokenKind | 'skip', pattern: RegExp, textOf: (match: RegExpExecArray) => string];

const RULES: readonly Rule[] = [
  ['skip', SPACE, String],
  ['skip', COMMENT, String],
  ['word', WORD, (match) => match[0].toUpperCase()],
  ['number', NUMBER, (match) => match[0]],
  ['string', STRING, (match) => decodeString(match[0].slice(1, -1))],
  ['string', DOLLAR_STRING, (match) => match[1] ?? ''],
  ['quoted', QUOTED, (match) => (match[1] ?? '').replaceAll('""', '"')],
  ['bind', BIND, (match) => match[1] ?? ''],
  ['variable', VARIABLE, (match) => (match[1] ?? '').toUpperCase()],
  ['position', POSITION, (match) => match[1] ?? ''],
];

/**
 * Splits SQL text into tokens; the last one is of kind `end`. Comments are dropped.
 * @throws SnowflakeError with the place of a character that begins no token.
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  const place = placeFinder(sql);
  let start = 0;
  while (start < sql.length) {
    const found = tokenAt(sql, start);
    if (!found) throw syntaxError(place(start), sql.charAt(start));
    const end = start + found.length;
    if (found.kind !== 'skip') tokens.push({ kind: found.kind, text: found.text, start, end, ...place(start) });
    start = end;
  }
  tokens.push({ kind: 'end', text: '<EOF>', start, end: start, ...place(start) });
  return tokens;
}

function tokenAt(sql: string, start: number): { kind: TokenKind | 'skip'; text: string; length: number } | undefined {
  for (const [kind, pattern, textOf] of RULES) {
    pattern.lastIndex = start;
    const match = pattern.exec(sql);
    if (match) return { kind, text: textOf(match), length: match[0].length };
  }
  const symbol = SYMBOLS.find((candidate) => sql.startsWith(candidate, start));
  if (symbol) return { kind: 'symbol', text: symbol, length: symbol.length };
  const single = sql.charAt(start);
  return SINGLE_SYMBOLS.includes(single) ? { kind: 'symbol', text: single, length: 1 } : undefined;
}

/** Offsets must be asked in ascending order, so that each line is counted once. */
function placeFinder(sql: string): (offset: number) => Place {
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    for (let next = sql.indexOf('\n', lineStart); next !== -1 && next < offset; next = sql.indexOf('\n', lineStart)) {
      line += 1;
      lineStart = next + 1;
    }
    return { line, column: offset - lineStart };
  };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' };

function decodeString(body: string): string {
  return body.replaceAll(/''|\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g, (whole, unicode, hex, single) => {
    if (whole === "''") return "'";
    const code = (unicode ?? hex) as string | undefined;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return ESCAPES[single as string] ?? (single as string);
  });
}
