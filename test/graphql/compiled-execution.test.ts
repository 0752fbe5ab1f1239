import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/gateway.ts';

/** Interpreted on the first run, compiled from the second on. */
const RUNS = 4;

describe('compiled execution', () => {
  const gateway = useGateway();

  it.each([
    ['data', '{ customer(id: "1000000") { id loyaltyTier segment profile { firstName homeRegion joinedOn } } }', {}],
    [
      'aliases, fragments and typenames',
      '{ a: product(id: "1") { ...F } b: product(id: "2") { __typename ...F } } fragment F on Product { id price { amount } tier }',
      {},
    ],
    [
      'directives',
      'query ($yes: Boolean!) { product(id: "1") { id @include(if: $yes) name @skip(if: $yes) } }',
      { yes: true },
    ],
    ['an error in a nullable field', '{ product(id: "1") { id inventory { inStock } } }', {}],
    ['an error of an argument', '{ a: customer(id: "x") { id } b: customer(id: "1000000") { id } }', {}],
    ['a variable that does not fit', 'query ($id: ID!) { customer(id: $id) { id } }', {}],
    [
      'null for an argument that must not be null',
      'query ($n: Int) { products(first: $n) { edges { cursor } } }',
      { n: null },
    ],
    ['introspection', '{ __type(name: "Region") { enumValues { name description } } }', {}],
  ])('answers %s as the interpreter does', async (_name, query, variables) => {
    const answers = [];
    for (let run = 0; run < RUNS; run++) answers.push(await gateway().ask(query, variables));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('runs the operation that is named, of several in one document', async () => {
    const query = 'query A { product(id: "1") { id } } query B { product(id: "2") { id } }';
    const ask = async (operationName?: string): Promise<unknown> => {
      const response = await fetch(`${gateway().url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName }),
      });
      return response.json();
    };
    for (let run = 0; run < RUNS; run++) {
      expect(await ask('A')).toEqual({ data: { product: { id: '1' } } });
      expect(await ask('B')).toEqual({ data: { product: { id: '2' } } });
    }
    expect(await ask()).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] });
  });

  it('masks a defect, and gives an id to quote', async () => {
    gateway().failStatement('products_by_ids', new Error('column "secret" does not exist'));
    const { data, errors } = await gateway().ask('{ product(id: "1") { id } }');
    gateway().failStatement('products_by_ids', null);
    expect(data).toEqual({ product: null });
    expect(errors?.[0]?.message).toBe('Internal server error');
    expect(errors?.[0]?.extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  });
});
