import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startModelService, type ModelFault, type ModelService } from '../support/model-service.ts';

const SERVED = /MODEL_ENDPOINT=(http:\S+)/;
const FIRST_CUSTOMER_ID = 1_000_000;
/** Long enough for a busy machine. */
const TIMEOUT_MS = 10_000;
const SHORT_TIMEOUT_MS = 1000;
/** A busy machine must not make a list degraded that has nothing to do with the model. */
const PATIENT = { OPERATION_COST_MAX: '10000000', STATEMENT_TIMEOUT_MS: '30000', REQUEST_TIMEOUT_MS: '60000' };
const TOLERANCE = 1e-6;
const LISTS = `query ($ids: [ID!]!, $region: Region, $filter: RecommendationFilter) {
  recommendationsForCustomers(customerIds: $ids, region: $region, first: 10, filter: $filter) {
    rung degraded model { name version } candidateCount filteredCandidateCount
    items { rank productId score modelScore propensity reasons { code } }
  }
}`;

interface Item {
  readonly productId: string;
  readonly score: number;
  readonly modelScore: number;
}

interface List {
  readonly rung: string;
  readonly degraded: boolean;
  readonly items: readonly Item[];
}

let database: TestDatabase;
let ranker: GatewayProcess;
let rankerUrl: string;
let service: ModelService;
let embedded: TestGateway;

beforeAll(async () => {
  database = await createTestDatabase();
  ranker = startGatewayProcess(['ranker'], { PORT: '0' });
  rankerUrl = (await ranker.waitFor(SERVED))[1] ?? '';
  service = await startModelService(async (body) => (await post('/predict-proba', body)).text());
  embedded = await startGateway(database.url, PATIENT);
});

afterAll(async () => {
  await embedded.stop();
  await service.close();
  ranker.kill('SIGKILL');
  await ranker.ended;
  await database.drop();
});

function post(path: string, body: string): Promise<Response> {
  return fetch(rankerUrl + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

function startWith(settings: Record<string, string>): Promise<TestGateway> {
  return startGateway(database.url, {
    MODEL_ENDPOINT: service.url,
    MODEL_TIMEOUT_MS: String(TIMEOUT_MS),
    ...PATIENT,
    ...settings,
  });
}

function customerIds(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(FIRST_CUSTOMER_ID + from + index));
}

async function listsOf(gateway: TestGateway, ids: readonly string[], variables: object = {}): Promise<List[]> {
  const { data, errors } = await gateway.ask(LISTS, { ids, ...variables });
  expect(errors).toBeUndefined();
  return data.recommendationsForCustomers as List[];
}

/**
 * Asserts that two lists are the same apart from who ranked them. The embedded ranker sums leaves in another way: scores
 * may differ by 1e-6, and products whose scores differ by less may change places.
 */
function expectSameContent(lists: readonly List[], expected: readonly List[]): void {
  expect(lists.length).toBe(expected.length);
  lists.forEach(({ items }, index) => {
    const others = expected[index]?.items ?? [];
    expect(items.length).toBe(others.length);
    items.forEach((item, place) => {
      const other = others[place] as Item;
      expect(Math.abs(item.score - other.score)).toBeLessThan(TOLERANCE);
      expect(Math.abs(item.modelScore - other.modelScore)).toBeLessThan(TOLERANCE);
      const same = others.find(({ productId }) => productId === item.productId);
      if (!same) {
        expect(Math.abs(item.score - (others.at(-1)?.score ?? NaN))).toBeLessThan(TOLERANCE);
        return;
      }
      expect({ ...item, rank: 0, score: 0, modelScore: 0 }).toEqual({ ...same, rank: 0, score: 0, modelScore: 0 });
      expect(Math.abs(item.score - same.score)).toBeLessThan(TOLERANCE);
    });
  });
}

describe('the service rung on snowgate ranker', () => {
  it('gives the same 1,000 lists as the embedded ranker, score by score to 1e-6', { timeout: 120_000 }, async () => {
    const served = await startWith({ RANKER: 'service', MODEL_ENDPOINT: rankerUrl });
    try {
      // Fewer candidates after the first 300 lists, because whole regions take long.
      const categoryIds = ['CAT-001', 'CAT-004', 'CAT-007'];
      const wanted = [
        {},
        { region: 'WEST', filter: { categoryIds } },
        { region: 'MIDWEST', filter: { categoryIds, maxPerCategory: 2 } },
        { region: 'SOUTH', filter: { priceMax: '25' } },
      ];
      let compared = 0;
      for (let from = 0; compared < 1000; from = (from + 50) % DEMO_DATA.customers) {
        const ids = customerIds(50, from);
        const variables = wanted[Math.floor(compared / DEMO_DATA.customers)];
        const expected = await listsOf(embedded, ids, variables);
        const lists = await listsOf(served, ids, variables);
        expectSameContent(lists, expected);
        const withoutItems = (list: List): object => ({ ...list, rung: 'EMBEDDED_MODEL', items: [] });
        expect(lists.map(withoutItems)).toEqual(expected.map(withoutItems));
        expect(lists.every((list) => list.rung === 'MODEL_SERVICE' && !list.degraded)).toBe(true);
        compared += lists.length;
      }
    } finally {
      await served.stop();
    }
  });
});

describe('a model service that fails', () => {
  let gateway: TestGateway;
  const ids = customerIds(10);
  let expected: List[];

  beforeAll(async () => {
    expected = await listsOf(embedded, ids);
  });

  beforeEach(async () => {
    gateway = await startWith({ RANKER: 'service-then-embedded' });
  });

  afterEach(async () => {
    service.setFault('none');
    await gateway.stop();
    await expect.poll(() => service.connectionCount()).toBe(0);
  });

  it.each<ModelFault>(['none', 'shuffled'])('serves the right lists (%s)', async (fault) => {
    service.setFault(fault);
    const lists = await listsOf(gateway, ids);
    expectSameContent(lists, expected);
    expect(lists.every((list) => list.rung === 'MODEL_SERVICE' && !list.degraded)).toBe(true);
  });

  it.each<ModelFault>([
    'unavailable',
    'too many requests',
    'not found',
    'malformed',
    'reset',
    'cut answer',
    'garbage',
    'NaN',
    'text for a number',
    'missing row',
    'extra row',
    'repeated row',
    'other column',
  ])('is replaced by the embedded model in the same request, which says so (%s)', async (fault) => {
    service.setFault(fault);
    const lists = await listsOf(gateway, ids);
    expectSameContent(lists, expected);
    expect(lists.every((list) => list.rung === 'EMBEDDED_MODEL' && list.degraded)).toBe(true);
    const counted = await gateway.app.metrics.rankedLists.get();
    expect(counted.values).toMatchObject([
      { labels: { rung: 'EMBEDDED_MODEL', degraded: 'true' }, value: lists.length },
    ]);
  });

  it('is replaced by propensities where RANKER allows no embedded model, also when nobody listens', async () => {
    const strict = await startWith({ RANKER: 'service', MODEL_ENDPOINT: 'http://127.0.0.1:1' });
    try {
      const lists = await listsOf(strict, ids);
      expect(lists.every((list) => list.rung === 'PROPENSITY' && list.degraded)).toBe(true);
      expect(lists.every(({ items }) => items.length === 10)).toBe(true);
      const { data } = await strict.ask(`{ product(id: "1") { predictedAffinity(customerId: "${ids[0] ?? ''}") } }`);
      expect(data.product.predictedAffinity).toBeNull();
    } finally {
      await strict.stop();
    }
  });

  it('costs 50 requests at once its deadline, further ones nothing, and is back within 5 seconds', async () => {
    const hasty = await startWith({ RANKER: 'service-then-embedded', MODEL_TIMEOUT_MS: String(SHORT_TIMEOUT_MS) });
    const calls = async (outcome: string): Promise<number> => {
      const text = await hasty.app.metrics.registry.getSingleMetricAsString('snowgate_model_service_duration_seconds');
      return Number(new RegExp(`_count{outcome="${outcome}"} (\\d+)`).exec(text)?.[1] ?? 0);
    };
    const askFifty = () => Promise.all(customerIds(50).map(async (id) => (await listsOf(hasty, [id]))[0]));
    try {
      service.setFault('hang');
      const startedAt = performance.now();
      const lists = await askFifty();
      expect(performance.now() - startedAt).toBeLessThan(SHORT_TIMEOUT_MS + 3000);
      expect(await calls('timeout')).toBeGreaterThanOrEqual(5);
      const away = await calls('away');
      lists.push(...(await askFifty()));
      expect(await calls('away')).toBe(away + 50);
      expect(lists.every((list) => list?.rung === 'EMBEDDED_MODEL' && list.items.length === 10)).toBe(true);
      service.setFault('none');
      await expect
        .poll(async () => (await listsOf(hasty, ids.slice(0, 1)))[0]?.rung, { timeout: 5000 })
        .toBe('MODEL_SERVICE');
    } finally {
      await hasty.stop();
    }
  });

  it('scores the affinities of a page of products in one call, and as the embedded model does', async () => {
    const query = `{ products(first: 20) { edges { node { id predictedAffinity(customerId: "${ids[0] ?? ''}") } } } }`;
    const before = service.calls.length;
    const affinities = async (from: TestGateway): Promise<(number | null)[]> => {
      const { data } = await from.ask(query);
      const { edges } = data.products as { edges: { node: { predictedAffinity: number | null } }[] };
      return edges.map(({ node }) => node.predictedAffinity);
    };
    const served = await affinities(gateway);
    expect(service.calls.length).toBe(before + 1);
    expect(served.filter((affinity) => affinity !== null).length).toBeGreaterThan(10);
    const own = await affinities(embedded);
    served.forEach((affinity, index) => {
      const other = own[index] ?? null;
      expect(affinity === null).toBe(other === null);
      expect(Math.abs((affinity ?? 0) - (other ?? 0))).toBeLessThan(TOLERANCE);
    });
    service.setFault('unavailable');
    expect(await affinities(gateway)).toEqual(own);
  });
});

describe('snowgate ranker', () => {
  it('answers every request form of model serving alike', async () => {
    const { columns, row } = await aRow();
    const wide = Object.fromEntries(columns.map((column, place) => [column, row[place]]));
    const forms = [
      { dataframe_split: { index: [0], columns, data: [row] } },
      { dataframe_split: { index: [0], columns: columns.toReversed(), data: [row.toReversed()] } },
      { dataframe_records: [wide] },
      { data: [[0, wide]] },
      { data: [[0, ...row]] },
    ];
    const answers = await Promise.all(
      forms.map(async (form) => (await post('/predict-proba', JSON.stringify(form))).json()),
    );
    const [[index, outputs]] = (answers[0] as { data: [[number, Record<string, number>]] }).data;
    expect(index).toBe(0);
    expect((outputs['output_feature_0'] ?? 0) + (outputs['output_feature_1'] ?? 0)).toBeCloseTo(1, 6);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const predicted = await (await post('/predict', JSON.stringify(forms[4]))).json();
    expect(predicted).toEqual({ data: [[0, { output_feature_0: Number((outputs['output_feature_1'] ?? 0) > 0.5) }]] });
  });

  it('is ready, names what is malformed, and ends with 0 on SIGTERM', async () => {
    const own = startGatewayProcess(['ranker'], { PORT: '0' });
    const [, url = ''] = await own.waitFor(SERVED);
    const health = await fetch(`${url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ready' }]);
    const refused = await fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({
      error: 'Input data malformed: missing data field in the request input',
    });
    own.kill('SIGTERM');
    expect((await own.ended).code).toBe(0);
  });

  /** Columns and a row of the model that ships, as the gateway sends them. */
  async function aRow(): Promise<{ columns: string[]; row: (number | null)[] }> {
    const sent: string[] = [];
    const listener = await startModelService((body) => {
      sent.push(body);
      return '{}';
    });
    const gateway = await startWith({ RANKER: 'service', MODEL_ENDPOINT: listener.url });
    await listsOf(gateway, customerIds(1));
    await gateway.stop();
    await listener.close();
    const { columns, data } = (
      JSON.parse(sent[0] ?? '') as { dataframe_split: { columns: string[]; data: (number | null)[][] } }
    ).dataframe_split;
    return { columns, row: data[0] ?? [] };
  }
});

describe('settings of the ranker', () => {
  it.each([
    [{ RANKER: 'service' }, /RANKER=service needs the address .* Set MODEL_ENDPOINT/],
    [{ RANKER: 'service', MODEL_ENDPOINT: 'http://ranking:5000/predict' }, /gives classes/],
    [{ RANKER: 'magic' }, /RANKER: /],
  ])('are refused at the start: %j', async (settings, problem) => {
    const { code, stderr } = await startGatewayProcess(['serve'], { DATABASE_URL: database.url, ...settings }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(problem);
  });
});
