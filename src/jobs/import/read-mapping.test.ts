import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMapping } from './read-mapping.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snowgate-mapping-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(text: string) {
  const path = join(folder, 'shop.yaml');
  writeFileSync(path, text);
  return readMapping(path);
}

const STOCK = `inventory:
  file: data/stock.csv
  columns:
    product_id: sku
    quantity_on_hand: 2
`;

describe('readMapping', () => {
  it('fills in what is not said, and finds files beside the mapping', () => {
    expect(read(STOCK)).toEqual({
      source: 'csv',
      currency: 'USD',
      region: 'Northeast',
      customersFromEvents: false,
      unlimitedStock: false,
      files: {
        inventory: {
          path: join(folder, 'data/stock.csv'),
          delimiter: ',',
          hasQuotes: true,
          encoding: 'utf-8',
          hasHeader: true,
          columns: { product_id: { column: 'sku' }, quantity_on_hand: { column: 2 } },
        },
      },
    });
  });

  it('takes numbers and truth values of YAML for the text that they are', () => {
    const { files } = read(
      `${STOCK}    estimated_delivery_days: { value: 2 }\n    region: { column: r, values: { 1: South } }\n`,
    );
    expect(files.inventory?.columns).toMatchObject({
      estimated_delivery_days: { value: '2' },
      region: { values: { '1': 'South' } },
    });
  });

  it.each([
    [
      'a field that is not known',
      `${STOCK}    colour: c\n`,
      /shop\.yaml:6:5 inventory\.columns\.colour: is not known\. It knows product_id, /,
    ],
    ['a key that is not known', `${STOCK}  sheet: 1\n`, /shop\.yaml:6:3 inventory\.sheet: is not known/],
    [
      'a field that is needed',
      STOCK.replace(/ {4}quantity.*\n/, ''),
      /shop\.yaml:3:3 inventory\.columns\.quantity_on_hand/,
    ],
    [
      'both a column and a value',
      `${STOCK}    region: { column: a, value: South }\n`,
      /shop\.yaml:6:5 .*needs either column or value/,
    ],
    [
      'a wrong format',
      `${STOCK}    updated_at: { column: a, format: tomorrow }\n`,
      /shop\.yaml:6:30 .*format: must be unix/,
    ],
    ['a wrong encoding', `${STOCK}  encoding: klingon\n`, /shop\.yaml:6:3 inventory\.encoding: must be an encoding/],
    ['a region that is none', `region: Mars\n${STOCK}`, /shop\.yaml:1:1 region: /],
    ['what is not YAML', 'products: [\n', /not YAML:\n {2}.*shop\.yaml:2:1/],
    ['nothing', '', /shop\.yaml:1:1/],
    ['no file', 'currency: EUR\n', /names no file/],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n`,
      /refers to itself too often/,
    ],
  ])('names line and column of %s', (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('names every problem at once', () => {
    expect(() => read(`currency: euro\n${STOCK}    colour: c\n`)).toThrow(
      /:1:1 currency[\s\S]*:7:5 inventory\.columns\.colour/,
    );
  });
});
