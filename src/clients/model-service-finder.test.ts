import { describe, expect, it, vi } from 'vitest';
import { createModelServiceFinder } from './model-service-finder.ts';
import type { SnowflakeStatement } from './snowflake-session.ts';

const PUBLIC = { name: 'inference', port: 5000, ingress_url: 'abc-org-acct.snowflakecomputing.app' };
const SERVICES = [
  { name: 'MYXMODEL', dns_name: 'other.ab1c.svc.spcs.internal' },
  { name: 'MY_MODEL', dns_name: 'my-model.ab1c.svc.spcs.internal' },
];

function finder(endpoints: readonly object[], options: { service?: string; isInside?: boolean } = {}) {
  const texts: string[] = [];
  const client = {
    query: <Row extends object>({ text }: SnowflakeStatement) => {
      texts.push(text);
      return Promise.resolve((text.startsWith('SHOW SERVICES') ? SERVICES : endpoints) as Row[]);
    },
  };
  const find = createModelServiceFinder({ client, service: 'my_model', isInside: false, deadlineMs: 1, ...options });
  return { find, texts };
}

describe('createModelServiceFinder', () => {
  it('finds the public address of the endpoint that model serving makes', async () => {
    const { find, texts } = finder([{ name: 'metrics', port: 9, ingress_url: 'x.app' }, PUBLIC], {
      service: 'shop.models.my_model',
    });
    expect(await find()).toBe('https://abc-org-acct.snowflakecomputing.app');
    expect(texts).toEqual(['SHOW ENDPOINTS IN SERVICE "SHOP"."MODELS"."MY_MODEL"']);
  });

  it('finds the internal name inside Snowflake, of the very service', async () => {
    const { find, texts } = finder([{ ...PUBLIC, ingress_url: null }], { service: 'models.my_model', isInside: true });
    expect(await find()).toBe('http://my-model.ab1c.svc.spcs.internal:5000');
    expect(texts[1]).toBe(`SHOW SERVICES LIKE 'my_model' IN SCHEMA "MODELS"`);
  });

  it.each([
    [[{ ...PUBLIC, ingress_url: 'Endpoints provisioning in progress...' }], /no address yet: Endpoints provisioning/],
    [[{ ...PUBLIC, ingress_url: null }], /is not public\. Create the service with ingress_enabled=True/],
    [[], /has no endpoint/],
  ])('says why there is no address: %j', async (endpoints, message) => {
    await expect(finder(endpoints).find()).rejects.toThrow(message);
  });

  it.each(['a.b.c.d', 'x; DROP TABLE y', "it's", ''])('refuses the name "%s"', (service) => {
    expect(() => finder([], { service })).toThrow('MODEL_SERVICE must be the name of a service');
  });

  it('asks Snowflake once in three seconds at most, and keeps no failure', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { find, texts } = finder([PUBLIC]);
      await find();
      await find();
      expect(texts).toHaveLength(1);
      vi.advanceTimersByTime(3000);
      await find();
      expect(texts).toHaveLength(2);
      const failing = finder([]);
      await expect(failing.find()).rejects.toThrow();
      await expect(failing.find()).rejects.toThrow();
      expect(failing.texts).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
