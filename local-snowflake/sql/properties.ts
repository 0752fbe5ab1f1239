import type { TokenReader } from './token-reader.ts';

/** Words that stand alone as a property. */
const FLAGS = new Set(['ENABLED', 'NOORDER', 'ORDER', 'COPY', 'GRANTS', 'SECURE', 'INITIALLY_SUSPENDED']);

/**
 * Reads `KEY = value …` pairs in any order until `stops` or the end; values are kept as text: a string without its
 * quotes, a list in parentheses as written. COMMENT = '…' is one of them.
 */
export function parseProperties(reader: TokenReader, stops: readonly string[] = []): Map<string, string> {
  const properties = new Map<string, string>();
  while (reader.peek().kind === 'word' && !stops.some((stop) => reader.at(stop))) {
    const key = parseKey(reader);
    if (reader.accept('=')) properties.set(key, parseValue(reader));
    else if (key === 'CLUSTER BY' || key.startsWith('WITH ')) properties.set(key, parseValue(reader));
    else if (FLAGS.has(key) || key === 'COPY GRANTS') properties.set(key, 'true');
    else throw reader.unexpected();
    reader.accept(',');
  }
  return properties;
}

function parseKey(reader: TokenReader): string {
  if (reader.accept('CLUSTER', 'BY')) return 'CLUSTER BY';
  if (reader.accept('COPY', 'GRANTS')) return 'COPY GRANTS';
  if (reader.accept('WITH', 'TAG')) return 'WITH TAG';
  if (reader.at('WITH')) reader.expect('WITH');
  return reader.name();
}

/** One value: a literal, a name, a list in parentheses as written. */
function parseValue(reader: TokenReader): string {
  const token = reader.peek();
  if (token.kind === 'string') return reader.string();
  if (reader.at('(')) return parseBracketed(reader);
  if (reader.accept('-')) return `-${reader.number()}`;
  if (token.kind === 'number') return reader.number();
  const parts = [reader.name()];
  while (reader.accept('.')) parts.push(reader.name());
  return parts.join('.');
}

function parseBracketed(reader: TokenReader): string {
  const mark = reader.mark();
  let depth = 0;
  do {
    if (reader.peek().kind === 'end') throw reader.unexpected();
    const token = reader.take();
    if (token.kind === 'symbol' && token.text === '(') depth += 1;
    if (token.kind === 'symbol' && token.text === ')') depth -= 1;
  } while (depth > 0);
  return reader.textSince(mark);
}
