import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/gateway.ts';

const nested = (depth: number): string => (depth === 0 ? 'id' : `id similar(first: 1) { ${nested(depth - 1)} }`);

describe('operation limits', () => {
  const gateway = useGateway({ REQUEST_BYTES_MAX: '50000' });

  it('refuse an operation that nests too deep, naming limit and depth', async () => {
    const { status, errors } = await gateway().ask(`{ product(id: "1") { ${nested(20)} } }`);
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toEqual({ code: 'OPERATION_TOO_COMPLEX' });
    expect(errors?.[0]?.message).toMatch(/depth limit of 12 exceeded, found \d+/i);
  });

  it('refuse an operation with too many aliases', async () => {
    const aliases = Array.from({ length: 40 }, (_, index) => `a${String(index)}: product(id: "1") { id }`).join(' ');
    const { errors } = await gateway().ask(`{ ${aliases} }`);
    expect(errors?.[0]?.extensions).toEqual({ code: 'OPERATION_TOO_COMPLEX' });
    expect(errors?.[0]?.message).toMatch(/aliases limit of 30 exceeded, found 40/i);
  });

  it('refuse an operation that multiplies lists by lists, before any statement runs', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => String(1_000_000 + index));
    gateway().takeStatements();
    const { errors } = await gateway().ask(
      `query ($ids: [ID!]!) { customers(ids: $ids) {
        purchases(first: 100) { edges { node { product { similar(first: 20) { name } } } } } } }`,
      { ids },
    );
    expect(errors?.[0]?.extensions).toEqual({ code: 'OPERATION_TOO_COMPLEX' });
    expect(errors?.[0]?.message).toMatch(/costs \d+; at most 50000 is allowed/);
    expect(gateway().takeStatements()).toEqual([]);
  });

  it('refuse it also after variables of the same shape did not fit', async () => {
    const query = `query ($ids: [ID!]!, $region: Region!) { customers(ids: $ids) { purchases(first: 100) { edges { node {
      product { inventory(region: $region) { warehouse } similar(first: 20) { name } } } } } } }`;
    const ids = Array.from({ length: 100 }, (_, index) => String(1_000_000 + index));
    const codesOf = async (region: string): Promise<unknown[]> =>
      ((await gateway().ask(query, { ids, region })).errors ?? []).map((error) => error.extensions['code']);
    expect(await codesOf('NOWHERE')).toEqual(['BAD_USER_INPUT']);
    expect(await codesOf('WEST')).toEqual(['OPERATION_TOO_COMPLEX']);
    expect(await codesOf('WEST')).toEqual(['OPERATION_TOO_COMPLEX']);
  });

  it('let a hundred home pages through', async () => {
    const customerIds = Array.from({ length: 100 }, (_, index) => String(1_000_000 + index));
    expect((await gateway().run('home-pages', { customerIds })).errors).toBeUndefined();
  });

  it('refuse a document with too many tokens', async () => {
    const { status, errors } = await gateway().ask(`{ product(id: "1") { ${'id '.repeat(3000)} } }`);
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions['code']).toBe('GRAPHQL_PARSE_FAILED');
  });

  it('refuse a body that is too large with 413 and an error that a client can read', async () => {
    const response = await fetch(`${gateway().url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ __typename } #${'x'.repeat(60_000)}` }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });
});
