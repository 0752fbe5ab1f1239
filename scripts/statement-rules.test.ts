import { describe, expect, it } from 'vitest';
import { statementProblems } from './statement-rules.ts';

const problemsOf = (text: string, source = "query('one_row')") =>
  statementProblems([{ name: 'one_row', path: 'one_row.sql', text }], [source]);

describe('statementProblems', () => {
  it('accepts an explained statement that is used', () => {
    const text = '-- One row.\n-- $1 bigint id · $2 to $4 text names\nSELECT $1, $2, $3, $4; -- the end; really\n';
    expect(problemsOf(text)).toEqual([]);
  });

  it('takes semicolons and dollars in quoted text and comments for what they are', () => {
    const text = `-- One row. $1 text\nSELECT ';', ';''$9', "a;b", $tag$ ; $8 $tag$ /* ; $7 */ FROM f($1);\n`;
    expect(problemsOf(text)).toEqual([]);
  });

  it('wants a comment before anything else', () => {
    expect(problemsOf('SELECT 1;\n')).toEqual([expect.stringContaining('begin with a comment')]);
  });

  it('names each parameter that the comment leaves out', () => {
    expect(problemsOf('-- One row. $1 bigint id\nSELECT $1, $2, $10;\n')).toEqual([
      'one_row.sql: say in the comment at the top what $2 is',
      'one_row.sql: say in the comment at the top what $10 is',
    ]);
  });

  it.each([
    ['two statements', '-- Rows.\nSELECT 1; SELECT 2;\n', 2],
    ['a file of comments', '-- Rows.\n', 0],
  ])('refuses %s', (_case, text, count) => {
    expect(problemsOf(text)).toEqual([`one_row.sql: hold exactly one statement, not ${count}`]);
  });

  it('refuses a statement that is named only inside a longer word or without quotes', () => {
    const source = "query('one_row_by_id'); one_row();";
    expect(problemsOf('-- One row.\nSELECT 1;\n', source)).toEqual([expect.stringContaining("names 'one_row'")]);
  });
});
