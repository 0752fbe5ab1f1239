import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLATION } from '../src/installation.ts';
import { joinAfterSqlfluff, splitForSqlfluff } from './sqlfluff-gaps.ts';

const FILE = `-- CREATE SERVICE in words;
USE ROLE a;

CREATE SERVICE IF NOT EXISTS redis
IN COMPUTE POOL p
MIN_INSTANCES = 1;

GRANT USAGE ON INTEGRATION i TO ROLE a;
`;

describe('splitForSqlfluff', () => {
  it('keeps every line in its place, and what is known', () => {
    const { known, unknown } = splitForSqlfluff(FILE);
    expect(unknown).toEqual(['CREATE SERVICE IF NOT EXISTS redis\nIN COMPUTE POOL p\nMIN_INSTANCES = 1;']);
    expect(known).toContain('USE ROLE a;\n\nCOMMIT;\n--\n--\n\nGRANT USAGE');
    expect(known.split('\n')).toHaveLength(FILE.split('\n').length);
  });

  it('can be undone', () => {
    const { known, unknown } = splitForSqlfluff(FILE);
    expect(joinAfterSqlfluff(known, unknown)).toBe(FILE);
  });

  it('leaves most of the setup to sqlfluff', () => {
    const files = readdirSync(INSTALLATION.snowflakeSetup).map((file) =>
      splitForSqlfluff(readFileSync(join(INSTALLATION.snowflakeSetup, file), 'utf8')),
    );
    const count = files.flatMap(({ unknown }) => unknown).length;
    const all = files.flatMap(({ known }) => known.match(/^[A-Z][^;]*;/gm) ?? []).length;
    expect(count).toBeGreaterThan(0);
    expect(count / all).toBeLessThan(0.2);
    expect(files.map(({ known }) => known).join('\n')).not.toContain('noqa');
  });
});
