import { tokenize } from './tokens.ts';

/** The statements of a script that are separated by semicolons, without comments around them; `$$ … $$` stays whole. */
export function splitScript(script: string): string[] {
  const statements: string[] = [];
  let start: number | undefined;
  let end = 0;
  for (const token of tokenize(script)) {
    const isEnd = token.kind === 'end' || (token.kind === 'symbol' && token.text === ';');
    if (!isEnd) {
      start ??= token.start;
      end = token.end;
    } else if (start !== undefined) {
      statements.push(script.slice(start, end));
      start = undefined;
    }
  }
  return statements;
}
