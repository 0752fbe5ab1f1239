import type { Fault } from '../../local-snowflake/wire/faults.ts';
import type { ModelFault } from '../../test/support/model-service.ts';
import type { Services } from './services.ts';

/** Something that goes wrong for a while. */
export interface Scenario {
  readonly name: string;
  readonly strike: (services: Services) => unknown;
  /** Whether the local Snowflake counts the requests that it strikes. */
  readonly isInjected?: true;
}

const ALWAYS = 1_000_000;

/** Nothing goes wrong: what the others are compared with. */
export const CALM: Scenario = { name: 'nothing', strike: () => undefined };

/** What Snowflake and the way to it do. Most of it goes on until it is lifted. */
export const SNOWFLAKE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'token rotated, sessions ended',
    async strike({ snowflake, ...services }) {
      services.rotateToken();
      await snowflake.order({ kind: 'end sessions' });
    },
  },
  {
    name: 'session tokens expire (390112)',
    strike: ({ snowflake }) => snowflake.order({ kind: 'expire session tokens' }),
  },
  { name: 'sessions end (390111)', strike: ({ snowflake }) => snowflake.order({ kind: 'end sessions' }) },
  {
    name: 'master tokens expire (390114)',
    strike: ({ snowflake }) => snowflake.order({ kind: 'expire master tokens' }),
  },
  onQueries('HTTP 401 with 390104', { kind: 'unauthorized' }, 40),
  onQueries('503 storm', { kind: 'status', status: 503 }),
  onQueries('429 storm', { kind: 'status', status: 429 }),
  onQueries('statements hang', { kind: 'hang' }),
  onQueries('sockets cut before the statement', { kind: 'reset' }),
  onQueries('sockets cut after the statement', { kind: 'reset after' }),
  onQueries('answers broken off', { kind: 'broken body' }),
  onQueries('cells broken', { kind: 'broken cells' }, 20),
  onQueries('answers 0.3 s late', { kind: 'delay', ms: 300 }),
  {
    name: 'everything hangs, logins too',
    async strike({ snowflake }) {
      for (const route of ['query', 'login', 'abort', 'logout'] as const) {
        await snowflake.order({ kind: 'inject', fault: { kind: 'hang' }, scope: { route, times: ALWAYS } });
      }
    },
  },
  {
    name: 'sessions ended, logins 503',
    async strike({ snowflake }) {
      const scope = { route: 'login', times: ALWAYS } as const;
      await snowflake.order({ kind: 'inject', fault: { kind: 'status', status: 503 }, scope });
      await snowflake.order({ kind: 'end sessions' });
    },
  },
];

/** What Postgres does. */
export const POSTGRES_SCENARIOS: readonly Scenario[] = [
  {
    name: 'Postgres cuts connections',
    strike: ({ postgres }) => {
      postgres.setMode('refuse');
    },
  },
  {
    name: 'Postgres hangs',
    strike: ({ postgres }) => {
      postgres.setMode('hang');
    },
  },
];

/** What the model service does. */
export const MODEL_SCENARIOS: readonly Scenario[] = [
  onModel('model service 503', 'unavailable'),
  onModel('model service 429', 'too many requests'),
  onModel('model service slow', 'slow'),
  onModel('model service hangs', 'hang'),
  onModel('model service cuts sockets', 'reset'),
  onModel('model service shuffles rows', 'shuffled'),
  onModel('model service leaves rows out', 'missing row'),
  onModel('model service adds rows', 'extra row'),
  onModel('model service repeats rows', 'repeated row'),
  onModel('model service breaks off', 'cut answer'),
];

/** Makes everything work again. @returns how often the Snowflake faults have struck. */
export async function lift({ snowflake, postgres, model }: Services): Promise<number> {
  postgres.setMode('pass');
  model.setFault('none');
  const { hits } = await snowflake.order({ kind: 'clear' });
  return hits;
}

function onQueries(name: string, fault: Fault, times = ALWAYS): Scenario {
  return {
    name,
    isInjected: true,
    strike: ({ snowflake }) => snowflake.order({ kind: 'inject', fault, scope: { times } }),
  };
}

function onModel(name: string, fault: ModelFault): Scenario {
  return {
    name,
    strike: ({ model }) => {
      model.setFault(fault);
    },
  };
}
