import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { BROKEN_ROW, loadSnowflakeDriver } from './snowflake-driver.ts';

interface Chunk {
  getRows(): { getColumnValue(column: number): unknown }[];
}

/** A chunk of a result whose one column is declared as `type`, as the driver makes it. */
async function chunkOf(type: string, content: { rowset: unknown } | { text: string }): Promise<Chunk> {
  await loadSnowflakeDriver();
  const require = createRequire(import.meta.url);
  const DriverChunk = require('snowflake-sdk/dist/lib/connection/result/chunk.js') as new (options: object) => Chunk;
  const Column = require('snowflake-sdk/dist/lib/connection/result/column.js') as new (options: object) => object;
  const column = new Column({ columnMetadata: { name: 'C', type, scale: 0 }, index: 0, statementParameters: {} });
  const chunk = new DriverChunk({
    statement: {},
    services: {},
    startIndex: 0,
    columns: [column],
    mapColumnNameToIndices: { C: [0] },
    statementParameters: {},
    resultVersion: '1',
    rowCount: 1,
    rowset: 'rowset' in content ? content.rowset : undefined,
  });
  return 'text' in content ? Object.assign(chunk, { _rowsetAsString: content.text }) : chunk;
}

describe('the driver that was loaded', () => {
  it.each([
    ['variant', 'globalThis.wasEvaluated = true'],
    ['boolean', 'perhaps'],
    ['fixed', '9007199254740993'],
    ['time', null],
  ])('hands out a cell of type %s as it came: %j', async (type, cell) => {
    const chunk = await chunkOf(type, { rowset: [[cell]] });
    expect(chunk.getRows().map((row) => row.getColumnValue(0))).toEqual([cell]);
    expect('wasEvaluated' in globalThis).toBe(false);
  });

  it('reads chunks that come as text', async () => {
    const chunk = await chunkOf('text', { text: '["a"],["b"]' });
    expect(chunk.getRows().map((row) => row.getColumnValue(0))).toEqual(['a', 'b']);
  });

  it('marks a chunk that is not JSON, and a row that is none, instead of ending the process', async () => {
    const broken = await chunkOf('text', { text: '["a"],[' });
    expect(broken.getRows().map((row) => row.getColumnValue(0))).toEqual([BROKEN_ROW]);
    const rowless = await chunkOf('text', { rowset: [null] });
    expect(rowless.getRows().map((row) => row.getColumnValue(0))).toEqual([BROKEN_ROW]);
  });

  it('can be loaded again', async () => {
    await Promise.all([loadSnowflakeDriver(), loadSnowflakeDriver()]);
    const chunk = await chunkOf('text', { rowset: [['a']] });
    expect(chunk.getRows()).toHaveLength(1);
  });
});
