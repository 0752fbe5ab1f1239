import type { PathStep } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/**
 * Reads the steps of a VARIANT path: `:a.b[0]."C d"` or `['a'][0].b`. Keys are case-sensitive and keep their letters,
 * also without quotes.
 */
export function parsePathSteps(reader: TokenReader): PathStep[] {
  const steps: PathStep[] = [];
  for (;;) {
    if (reader.accept('[')) {
      steps.push({ kind: 'element', element: reader.grammar.expression(reader) });
      reader.expect(']');
    } else if (reader.accept(':') || (steps.length > 0 && reader.accept('.'))) {
      steps.push({ kind: 'key', key: parseKey(reader) });
    } else {
      return steps;
    }
  }
}

function parseKey(reader: TokenReader): string {
  const token = reader.peek();
  const key = reader.name();
  return token.kind === 'word' ? reader.sql.slice(token.start, token.end) : key;
}
