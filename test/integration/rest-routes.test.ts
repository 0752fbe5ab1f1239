import { describe, expect, it } from 'vitest';
import { UpstreamUnavailableError } from '../../src/errors.ts';
import { useGateway, type TestGateway } from '../support/gateway.ts';

/** Status, content type and text of an answer. */
async function get(gateway: TestGateway, path: string, init?: RequestInit) {
  const response = await fetch(`${gateway.url}${path}`, init);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

function post(gateway: TestGateway, path: string, body: unknown) {
  const headers = { 'content-type': 'application/json' };
  return get(gateway, path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** Text of an answer without what its clocks measured. */
function steady(text: string): string {
  return text.replace(/"(\w+_ms)":\d+\.\d/g, '"$1":0.0');
}

const TIMINGS =
  '"timings":{"features_ms":0.0,"propensity_ms":0.0,"inventory_ms":0.0,"candidates":CANDIDATES,' +
  '"filtered_candidates":FILTERED,"pair_features_ms":0.0,"model_ms":0.0,"model_ok":true,"total_ms":0.0,' +
  '"backend":"postgres"}';

interface List {
  readonly items: readonly {
    readonly rank: number;
    readonly score: number;
    readonly product: {
      readonly id: string;
      readonly name: string;
      readonly category: { readonly name: string; readonly department: string };
      readonly price: { readonly amount: string };
    };
    readonly inventory: { readonly quantityOnHand: number; readonly estimatedDeliveryDays: number };
  }[];
  readonly candidateCount: number;
  readonly filteredCandidateCount: number;
}

/** The list that /graphql gives, written by hand as the replaced service writes it. */
async function expectedAnswer(gateway: TestGateway, zipCode: string, region: string): Promise<string> {
  const { data } = await gateway.ask(
    `query ($zipCode: String) { recommendations(customerId: "1000000", zipCode: $zipCode, first: 3) {
      items { rank score product { id name category { name department } price { amount } }
        inventory { quantityOnHand estimatedDeliveryDays } }
      candidateCount filteredCandidateCount } }`,
    { zipCode },
  );
  const { items, candidateCount, filteredCandidateCount } = (data as { recommendations: List }).recommendations;
  const lines = items.map(
    ({ rank, score, product, inventory }) =>
      `{"rank":${String(rank)},"product_id":${product.id},"product_name":${JSON.stringify(product.name)},` +
      `"category":${JSON.stringify(product.category.name)},"department":"${product.category.department}",` +
      `"price":${product.price.amount.replace(/(\.\d)0$/, '$1')},"score":${String(Number(score.toFixed(4)))},` +
      `"in_stock_qty":${String(inventory.quantityOnHand)},` +
      `"est_delivery_days":${String(inventory.estimatedDeliveryDays)}}`,
  );
  const timings = TIMINGS.replace('CANDIDATES', String(candidateCount)).replace(
    'FILTERED',
    String(filteredCandidateCount),
  );
  return (
    `{"customer_id":1000000,"zip_code":"${zipCode}","region":"${region}",` +
    `"recommendations":[${lines.join(',')}],${timings}}`
  );
}

describe('/recommend', () => {
  const gateway = useGateway();

  it('answers GET byte for byte as the replaced service would', async () => {
    const { status, type, text } = await get(gateway(), '/recommend?customer_id=1000000&zip_code=80202&top_n=3');
    expect(status).toBe(200);
    expect(type).toContain('application/json');
    expect(steady(text)).toBe(await expectedAnswer(gateway(), '80202', 'West'));
  });

  it('answers POST with the same bytes', async () => {
    const { text } = await post(gateway(), '/recommend', { customer_id: 1000000, zip_code: '80202', top_n: 3 });
    expect(steady(text)).toBe(await expectedAnswer(gateway(), '80202', 'West'));
  });

  it('answers five products of the Northeast when only the customer is named', async () => {
    const { text } = await get(gateway(), '/recommend?customer_id=1000000');
    const answer = JSON.parse(text) as { zip_code: string; region: string; recommendations: unknown[] };
    expect(answer).toMatchObject({ zip_code: '10001', region: 'Northeast' });
    expect(answer.recommendations).toHaveLength(5);
  });

  it('answers an unknown customer with status 200 and the text of the replaced service', async () => {
    expect(await get(gateway(), '/recommend?customer_id=42')).toMatchObject({
      status: 200,
      text: '{"error":"customer_not_found","customer_id":42}',
    });
  });

  it('keeps row numbers and order of an envelope, answers every form of arguments, and refuses bad rows alone', async () => {
    const call = { customer_id: 1000000, zip_code: '80202', top_n: 3 };
    const { status, text } = await post(gateway(), '/recommend', {
      data: [
        [7, call],
        [3, JSON.stringify(call)],
        [9, { params: call }],
        [9, { customer_id: 42 }],
        [1, { customer_id: 'x' }],
        [0, 1000000, '10001', 1],
      ],
    });
    expect(status).toBe(200);
    const expected = JSON.parse(await expectedAnswer(gateway(), '80202', 'West')) as object;
    const { data } = JSON.parse(steady(text)) as { data: [number, Record<string, unknown>][] };
    expect(data.map(([rowNumber]) => rowNumber)).toEqual([7, 3, 9, 9, 1, 0]);
    expect(data.slice(0, 3).map(([, answer]) => answer)).toEqual([expected, expected, expected]);
    expect(data[3]?.[1]).toEqual({ error: 'customer_not_found', customer_id: 42 });
    expect(data[4]?.[1]).toEqual({ error: 'bad_request', message: 'customer_id must be a whole number from 0.' });
    expect(data[5]?.[1]['recommendations']).toHaveLength(1);
  });

  it('loads the customers of an envelope with one statement a hundred, not one by one', async () => {
    const rows = Array.from({ length: 150 }, (_none, index) => [index, { customer_id: 1000000 + index, top_n: 1 }]);
    gateway().takeStatements();
    const { text } = await post(gateway(), '/recommend', { data: rows });
    const { data } = JSON.parse(text) as { data: [number, { recommendations: unknown[] }][] };
    expect(data.map(([rowNumber]) => rowNumber)).toEqual(rows.map(([rowNumber]) => rowNumber));
    for (const [, { recommendations }] of data) expect(recommendations).toHaveLength(1);
    const statements = gateway().takeStatements();
    expect(statements.filter((name) => name === 'customers_by_ids').length).toBeLessThanOrEqual(2);
    expect(statements.length).toBeLessThanOrEqual(14);
  });

  it.each([
    ['/recommend', 'customer_id must be a whole number from 0.'],
    ['/recommend?customer_id=1%27%20OR%201', 'customer_id must be a whole number from 0.'],
    ['/recommend?customer_id=1&top_n=500', 'top_n must be a whole number from 1 to 50.'],
  ])('answers %s with status 400 and what to mend', async (path, message) => {
    expect(await get(gateway(), path)).toMatchObject({
      status: 400,
      text: JSON.stringify({ error: 'bad_request', message }),
    });
  });

  it.each([['{'], ['[]'], ['{"data": 5}'], ['null']])('answers the body %s with status 400', async (body) => {
    const { status, text } = await post(gateway(), '/recommend', body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: 'bad_request' });
  });

  it('answers 503 when the store is away, alone and for a whole envelope, so that clients ask again', async () => {
    gateway().failStatement('customers_by_ids', new UpstreamUnavailableError());
    try {
      const alone = await get(gateway(), '/recommend?customer_id=1000000');
      const together = await post(gateway(), '/recommend', { data: [[0, 1000000]] });
      for (const { status, text } of [alone, together]) {
        expect(status).toBe(503);
        expect(JSON.parse(text)).toMatchObject({ error: 'upstream_unavailable' });
      }
    } finally {
      gateway().failStatement('customers_by_ids', null);
    }
  });

  it('masks a defect', async () => {
    gateway().failStatement('customers_by_ids', new Error('password of db-7'));
    try {
      const { status, text } = await get(gateway(), '/recommend?customer_id=1000000');
      expect(status).toBe(500);
      expect(JSON.parse(text)).toEqual({ error: 'internal_server_error', message: 'Internal server error' });
    } finally {
      gateway().failStatement('customers_by_ids', null);
    }
  });
});

describe('/recommend under limits', () => {
  const gateway = useGateway({ ENVELOPE_ROWS_MAX: '2', ENVELOPE_BYTES_MAX: '2000' });

  it('refuses more rows than ENVELOPE_ROWS_MAX', async () => {
    const { status, text } = await post(gateway(), '/recommend', {
      data: [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    });
    expect(status).toBe(400);
    expect(text).toContain('at most 2');
  });

  it('refuses a body over ENVELOPE_BYTES_MAX', async () => {
    const { status } = await post(gateway(), '/recommend', { data: [[0, 'x'.repeat(3000)]] });
    expect(status).toBe(413);
  });
});

describe('/customer', () => {
  const masked = useGateway();
  const open = useGateway({ ANONYMOUS_SCOPES: 'customers:pii' });

  it('answers a row per known customer, once each, with the column names of the replaced service', async () => {
    const { status, text } = await get(masked(), '/customer/1000001,1000000,42,1000001');
    expect(status).toBe(200);
    expect(text.endsWith('}]\n')).toBe(true);
    const rows = JSON.parse(text) as Record<string, unknown>[];
    expect(rows.map((row) => row['C_CUSTOMER_SK'])).toEqual([1000001, 1000000]);
    expect(Object.keys(rows[0] ?? {})).toHaveLength(18);
    expect(Object.keys(rows[0] ?? {})).toEqual(Object.keys(rows[0] ?? {}).sort());
    expect(rows[0]).toMatchObject({ C_FIRST_NAME: null, C_EMAIL_ADDRESS: null });
  });

  it('names people only where the viewer may see it', async () => {
    const { text } = await get(open(), '/customer/1000000');
    const [row] = JSON.parse(text) as Record<string, unknown>[];
    expect(row?.['C_FIRST_NAME']).toEqual(expect.any(String));
    expect(row?.['C_EMAIL_ADDRESS']).toContain('@');
  });

  it('takes a hundred ids, and says so when there are more', async () => {
    const path = (count: number): string =>
      `/customer/${Array.from({ length: count }, (_none, index) => `10000000000000000${String(index + 100)}`.slice(-18)).join(',')}`;
    expect(await get(masked(), path(100))).toMatchObject({ status: 200, text: '[]\n' });
    const { status, text } = await get(masked(), path(101));
    expect(status).toBe(400);
    expect(text).toContain('names 101 customers; at most 100 are allowed');
  });

  it('answers an unknown customer with no row', async () => {
    expect(await get(masked(), '/customer/42')).toMatchObject({ status: 200, text: '[]\n' });
  });

  it.each(['/customer/abc', '/customer/1,', "/customer/1'--", '/customer/-1'])(
    'refuses %s with status 400',
    async (path) => {
      expect((await get(masked(), path)).status).toBe(400);
    },
  );
});

describe('/customer with CUSTOMER_ROUTE=recommendations', () => {
  const gateway = useGateway({ CUSTOMER_ROUTE: 'recommendations' });

  it('answers what similar customers liked, as JSON text inside JSON', async () => {
    const { text } = await get(gateway(), '/customer/1000000');
    const [row] = JSON.parse(text) as { USER_ID: number; RECOMMENDATIONS: string }[];
    expect(Object.keys(row ?? {})).toEqual(['RECOMMENDATIONS', 'USER_ID']);
    const movies = JSON.parse(row?.RECOMMENDATIONS ?? '') as Record<string, string>[];
    expect(movies).toHaveLength(3);
    for (const movie of movies) {
      expect(Object.keys(movie)).toEqual(['movie_name', 'movie_score']);
      expect(movie['movie_score']).toMatch(/^\d+\.\d\d$/);
    }
  });
});

describe('/invoke', () => {
  const gateway = useGateway();

  it('answers each row with the prediction as text, under its own number', async () => {
    const { status, text } = await post(gateway(), '/invoke', {
      data: [
        [5, 'movielens-model-v1', '1000000', '7'],
        [2, 'movielens-model-v1', 1000001, 9],
        [8, 'movielens-model-v1', '42', '7'],
        [1, 'movielens-model-v1', 'x', '7'],
      ],
    });
    expect(status).toBe(200);
    const affinityOf = async (customerId: string, productId: string): Promise<string> => {
      const { data } = await gateway().run('predicted-affinity', { customerId, productId });
      return String((data as { product: { predictedAffinity: number } }).product.predictedAffinity);
    };
    expect(JSON.parse(text)).toEqual({
      data: [
        [5, await affinityOf('1000000', '7')],
        [2, await affinityOf('1000001', '9')],
        [8, null],
        [1, { error: 'bad_request', message: expect.any(String) as string }],
      ],
    });
  });

  it('reads all customers of an envelope together', async () => {
    const data = Array.from({ length: 200 }, (_none, index) => [index, 'm', 1000000 + index, index]);
    gateway().takeStatements();
    await post(gateway(), '/invoke', { data });
    expect(gateway().takeStatements().length).toBeLessThanOrEqual(20);
  });
});

describe('the other routes of the replaced services', () => {
  const gateway = useGateway({ EXPLORER: 'true' });

  it('/health says ok, how many products ranking chooses from, and the backend', async () => {
    const { text } = await get(gateway(), '/health');
    expect(JSON.parse(text)).toEqual({
      status: 'ok',
      products_cached: expect.any(Number) as number,
      backend: 'postgres',
    });
    expect((JSON.parse(text) as { products_cached: number }).products_cached).toBeGreaterThan(1000);
  });

  it('/test is a page that may load from its own host only', async () => {
    const response = await fetch(`${gateway().url}/test`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    for (const [, path = ''] of page.matchAll(/(?:href|src)="(test-page\/[^"]+)"/g)) {
      expect((await fetch(`${gateway().url}/${path}`)).status, path).toBe(200);
    }
  });

  it('an unknown route answers 404 in the words of the replaced service', async () => {
    expect(await get(gateway(), '/nothing')).toMatchObject({ status: 404, text: '{"error":"Not found!"}' });
  });
});
