import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCursor } from '../../src/pagination.ts';
import { useGateway } from '../support/gateway.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

const RECOMMENDATIONS = `query ($customerId: ID!, $first: Int! = 5, $zipCode: String, $region: Region, $filter: RecommendationFilter) {
  recommendations(customerId: $customerId, first: $first, zipCode: $zipCode, region: $region, filter: $filter) {
    items { rank }
  }
}`;
const PRODUCTS = `query ($filter: ProductFilter, $orderBy: ProductOrder! = NAME, $first: Int! = 20, $after: String) {
  products(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage } }
}`;
const SEGMENT = `query ($filter: CustomerFilter!, $first: Int! = 50, $after: String) {
  customerSegment(filter: $filter, first: $first, after: $after) { edges { node { id } } }
}`;
const INVENTORY = `query ($productIds: [ID!]!, $region: Region, $zipCode: String) {
  inventory(productIds: $productIds, region: $region, zipCode: $zipCode) { quantityOnHand }
}`;
const CUSTOMERS = 'query ($ids: [ID!]!) { customers(ids: $ids) { id } }';
const PURCHASES = `query ($id: ID!, $first: Int! = 10, $after: String) {
  customer(id: $id) { purchases(first: $first, after: $after) { edges { cursor } } }
}`;

describe('bad input', () => {
  const gateway = useGateway();

  it.each([
    ['a malformed customer id', 'query { customer(id: "abc") { id } }', {}, 'id', 'whole number'],
    ['a malformed id in a batch', CUSTOMERS, { ids: ['1', 'x'] }, 'ids[1]', 'whole number'],
    ['101 ids', CUSTOMERS, { ids: ids(101) }, 'ids', 'at most 100'],
    ['first of 0', RECOMMENDATIONS, { customerId: '1000000', first: 0 }, 'first', 'from 1 to 50'],
    ['first of 51', RECOMMENDATIONS, { customerId: '1000000', first: 51 }, 'first', 'from 1 to 50'],
    ['first of a billion', PRODUCTS, { first: 1_000_000_000 }, 'first', 'from 1 to 100'],
    ['a malformed zip code', RECOMMENDATIONS, { customerId: '1000000', zipCode: '123' }, 'zipCode', 'US zip code'],
    [
      'a zip code that contradicts the region',
      RECOMMENDATIONS,
      { customerId: '1000000', zipCode: '10001', region: 'WEST' },
      'zipCode',
      'another region',
    ],
    ['stock without a place', INVENTORY, { productIds: ['1'] }, 'region', 'Give "region" or "zipCode"'],
    ['a cursor that is noise', PRODUCTS, { after: 'noise' }, 'after', 'not a cursor of this list'],
    [
      'a cursor of another list',
      PRODUCTS,
      { after: encodeCursor('customerSegment', ['1000000']) },
      'after',
      'not a cursor of this list',
    ],
    [
      'a cursor of the same list in another order',
      PRODUCTS,
      { after: encodeCursor('products_by_name', ['Ring', '1']), orderBy: 'PRICE_LOW_TO_HIGH' },
      'after',
      'not a cursor of this list',
    ],
    [
      'prices the wrong way round',
      PRODUCTS,
      { filter: { priceMin: '9', priceMax: '1' } },
      'filter.priceMin',
      'greater',
    ],
    ['a negative price', PRODUCTS, { filter: { priceMax: '-1' } }, 'filter.priceMax', 'decimal number from 0'],
    ['a name of one letter', PRODUCTS, { filter: { nameContains: 'x' } }, 'filter.nameContains', '2 to 100'],
    ['a zero byte', PRODUCTS, { filter: { brands: ['a\u0000'] } }, 'filter.brands[0]', 'control character'],
    [
      'a propensity above 1',
      SEGMENT,
      { filter: { propensity: { categoryId: 'CAT-001', scoreMin: 1.5 } } },
      'filter.propensity.scoreMin',
      'from 0 to 1',
    ],
    [
      'days the wrong way round',
      SEGMENT,
      { filter: { daysSincePurchaseMin: 9, daysSincePurchaseMax: 3 } },
      'filter.daysSincePurchaseMin',
      'from 0 to 3',
    ],
    [
      '501 excluded products',
      RECOMMENDATIONS,
      { customerId: '1000000', filter: { excludeProductIds: ids(501) } },
      'filter.excludeProductIds',
      'at most 500',
    ],
  ])(
    '%s is BAD_USER_INPUT that names the argument and the problem',
    async (_name, query, variables, argument, problem) => {
      const { status, errors } = await gateway().ask(query, variables);
      expect(status).toBe(200);
      expect(errors).toHaveLength(1);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument });
      expect(errors?.[0]?.message).toContain(problem);
    },
  );

  it('of a type that does not fit is BAD_USER_INPUT with status 400 and a hint, compiled or not', async () => {
    for (let run = 0; run < 4; run++) {
      const { status, errors } = await gateway().ask(RECOMMENDATIONS, { customerId: '1000000', region: 'NORTH' });
      expect(status).toBe(400);
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
      expect(errors?.[0]?.message).toContain('Did you mean');
    }
  });

  it('never keeps one bad customer of a batch from failing alone', async () => {
    const { data, errors } = await gateway().ask(
      '{ good: customer(id: "1000000") { id } bad: customer(id: "-1") { id } }',
    );
    expect(data).toEqual({ good: { id: '1000000' }, bad: null });
    expect(errors).toHaveLength(1);
  });

  it('unknown ids answer null, in a batch at their place', async () => {
    const { data, errors } = await gateway().ask(
      `{ customer(id: "7") { id } product(id: "999999") { id }
         customers(ids: ["1000001", "7", "1000000"]) { id }
         inventory(productIds: ["3", "999999"], region: WEST) { product { id } }
         recommendations(customerId: "7") { id } }`,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      customer: null,
      product: null,
      customers: [{ id: '1000001' }, null, { id: '1000000' }],
      inventory: [{ product: { id: '3' } }, null],
      recommendations: null,
    });
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '1000000', '10001', '-1', '1e9', "'; DROP TABLE customers; --", '\u0000', '٣'),
  );
  const anyInt = fc.oneof(fc.integer(), fc.constantFrom(0, 1, 50, 51, 100, 101, -1));
  const anyRegion = fc.constantFrom('WEST', 'SOUTH', 'NORTH', null);
  const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
    fc.option(arbitrary, { nil: undefined });

  it.each([
    [
      'recommendations',
      RECOMMENDATIONS,
      fc.record({
        customerId: anyText,
        first: maybe(anyInt),
        zipCode: maybe(anyText),
        region: maybe(anyRegion),
        filter: maybe(
          fc.record({
            categoryIds: maybe(fc.array(anyText)),
            priceMax: maybe(anyText),
            excludeProductIds: maybe(fc.array(anyText)),
            maxPerCategory: maybe(anyInt),
          }),
        ),
      }),
    ],
    [
      'products',
      PRODUCTS,
      fc.record({
        first: maybe(anyInt),
        after: maybe(
          fc.oneof(
            anyText,
            fc.array(anyText).map((values) => encodeCursor('products_by_name', values)),
          ),
        ),
        filter: maybe(
          fc.record({
            brands: maybe(fc.array(anyText)),
            priceMin: maybe(anyText),
            nameContains: maybe(anyText),
          }),
        ),
      }),
    ],
    [
      'customerSegment',
      SEGMENT,
      fc.record({
        first: maybe(anyInt),
        after: maybe(
          fc.oneof(
            anyText,
            fc.array(anyText).map((values) => encodeCursor('customerSegment', values)),
          ),
        ),
        filter: fc.record({
          lifetimeSpendMin: maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
          daysSincePurchaseMin: maybe(anyInt),
          engagementScoreMin: maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
          propensity: maybe(fc.record({ categoryId: anyText, scoreMin: fc.double({ noNaN: true }) })),
        }),
      }),
    ],
    ['customers', CUSTOMERS, fc.record({ ids: fc.array(anyText, { maxLength: 120 }) })],
    [
      'inventory',
      INVENTORY,
      fc.record({ productIds: fc.array(anyText), zipCode: maybe(anyText), region: maybe(anyRegion) }),
    ],
    [
      'purchases',
      PURCHASES,
      fc.record({
        id: fc.constantFrom('1000000', '1000001'),
        first: maybe(anyInt),
        after: maybe(
          fc.tuple(anyText, fc.oneof(anyText, fc.uuid())).map((values) => encodeCursor('purchases', values)),
        ),
      }),
    ],
  ] as const)(
    'whatever the arguments of %s, the answer is prompt and never an internal error',
    async (_name, query, variables) => {
      await fc.assert(
        fc.asyncProperty(variables as fc.Arbitrary<object>, async (values) => {
          const { errors } = await gateway().ask(query, values);
          const codes = errors?.map((error) => error.extensions['code']) ?? [];
          expect(codes.filter((code) => code !== 'BAD_USER_INPUT')).toEqual([]);
        }),
        { numRuns: 60 },
      );
    },
  );
});
