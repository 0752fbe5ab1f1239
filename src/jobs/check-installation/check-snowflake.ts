import { createConfiguredSnowflake } from '../../clients/configured-snowflake.ts';
import { probeHttp } from '../../clients/http-probe.ts';
import type { SnowflakeClient } from '../../clients/snowflake-client.ts';
import { parseSnowflakeAccount } from '../../clients/snowflake-token-account.ts';
import { describeClockSkew } from '../../clients/snowflake-token-response.ts';
import type { Config } from '../../config.ts';
import { UpstreamTimeoutError } from '../../errors.ts';
import { loadStatements } from '../../statements.ts';
import { snowflakePurposes } from './check-settings.ts';
import { checkGrants } from './check-snowflake-grants.ts';
import { checkTables } from './check-snowflake-tables.ts';
import { expectedTables } from './expected-tables.ts';
import { broken, ok, outcomeOfError, skipped, warning, type Check, type Outcome, type Outcomes } from './finding.ts';
import { explainLogin } from './snowflake-login-advice.ts';
import { identifier, type SnowflakePlace } from './snowflake-place.ts';

/** Folders that say what the account should hold. */
export interface SnowflakeFolders {
  readonly snowflakeSetup: string;
  readonly snowflakeStatements: string;
}

const POOL_SIZE = 4;
/** A warehouse that sleeps takes a while to wake up. */
const QUERY_DEADLINE_MS = 30_000;
const NETWORK_FIX = 'Check SNOWFLAKE_ACCOUNT and SNOWFLAKE_ACCOUNT_URL, the network, a proxy or a firewall.';

/** The account, the login, the role, the warehouse and the tables, where a setting uses Snowflake. */
export function snowflakeChecks(
  config: Config,
  folders: SnowflakeFolders,
): { readonly checks: readonly Check[]; readonly close: () => Promise<void> } {
  if (snowflakePurposes(config).length === 0) {
    const look = (): Outcome => skipped('not used: SERVING_STORES has no snowflake, and SNOWFLAKE_ACCOUNT is not set');
    return { checks: [{ group: 'snowflake', name: 'account', deadlineMs: 1000, fix: '', look }], close: nothing };
  }
  const login = new Login(config);
  const check = (name: string, deadlineMs: number, look: Check['look']): Check => ({
    group: 'snowflake',
    name,
    deadlineMs,
    fix: NETWORK_FIX,
    look,
  });
  const whenIn = (look: (place: SnowflakePlace) => Promise<Outcomes>) => async (): Promise<Outcomes> => {
    const place = await login.place();
    return place === null ? skipped('not looked at: there is no login') : look(place);
  };
  const total = config.SNOWFLAKE_LOGIN_TIMEOUT_MS + QUERY_DEADLINE_MS;
  const expected = () => expectedTables(folders.snowflakeSetup, loadStatements(folders.snowflakeStatements));
  return {
    checks: [
      check('account', config.SNOWFLAKE_LOGIN_TIMEOUT_MS + 1000, () => checkAccount(config)),
      check('login', config.SNOWFLAKE_LOGIN_TIMEOUT_MS + 5000, () => login.outcome()),
      check('warehouse', total, whenIn(checkWarehouse)),
      check(
        'grants',
        total,
        whenIn((place) => checkGrants(place, expected())),
      ),
      check(
        'tables',
        total,
        whenIn((place) => checkTables(place, expected(), config)),
      ),
      check('clock', total, whenIn(checkClock)),
    ],
    close: () => login.close(),
  };
}

const nothing = (): Promise<void> => Promise.resolve();

async function checkAccount(config: Config): Promise<Outcomes> {
  if (config.SNOWFLAKE_ACCOUNT === undefined) return skipped('SNOWFLAKE_ACCOUNT is not set');
  const { url } = parseSnowflakeAccount(config.SNOWFLAKE_ACCOUNT, config.SNOWFLAKE_ACCOUNT_URL);
  const { clockSkewMs, tookMs } = await probeHttp(url, config.SNOWFLAKE_LOGIN_TIMEOUT_MS);
  const reached = ok(`${new URL(url).host} answers in ${Math.round(tookMs)} ms`);
  const skew = describeClockSkew(clockSkewMs);
  return skew === null ? reached : [reached, clockIsOff(skew)];
}

/** How the login went, and where it led; nowhere when it failed. */
interface LoggedIn {
  readonly outcome: Outcome;
  readonly place: SnowflakePlace | null;
}

/** Logs in once for all checks. */
class Login {
  readonly #config: Config;
  #client: SnowflakeClient | undefined;
  #trying: Promise<LoggedIn> | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  async outcome(): Promise<Outcome> {
    return (await this.#once()).outcome;
  }

  /** Null when there is no login. */
  async place(): Promise<SnowflakePlace | null> {
    return (await this.#once()).place;
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  #once(): Promise<LoggedIn> {
    this.#trying ??= this.#logIn();
    return this.#trying;
  }

  async #logIn(): Promise<LoggedIn> {
    const config = this.#config;
    try {
      const options = { purpose: 'snowgate doctor', poolSizeMax: POOL_SIZE, patienceMs: 1 };
      this.#client = createConfiguredSnowflake(config, options);
    } catch (error) {
      return { outcome: outcomeOfError(error, 'Set what is missing.'), place: null };
    }
    try {
      const place = await whereWeAre(this.#client, config);
      return { outcome: ok(`${place.user} is logged in with the role ${place.role}`), place };
    } catch (error) {
      return { outcome: explainLogin(error, config), place: null };
    }
  }
}

interface WhereRow {
  readonly user_name: string;
  readonly role_name: string | null;
  readonly warehouse_name: string | null;
}

async function whereWeAre(client: SnowflakeClient, config: Config): Promise<SnowflakePlace> {
  const deadlineMs = config.SNOWFLAKE_LOGIN_TIMEOUT_MS + 2000;
  const text = 'SELECT CURRENT_USER() AS user_name, CURRENT_ROLE() AS role_name, CURRENT_WAREHOUSE() AS warehouse_name';
  const [row] = await client.query<WhereRow>({ name: 'doctor_session', text, binds: [] }, deadlineMs);
  return {
    user: row?.user_name ?? '?',
    role: row?.role_name ?? 'PUBLIC',
    warehouse: row?.warehouse_name ?? config.SNOWFLAKE_WAREHOUSE?.toUpperCase() ?? null,
    database: (config.SNOWFLAKE_DATABASE ?? '').toUpperCase(),
    schema: (config.SNOWFLAKE_SCHEMA ?? 'PUBLIC').toUpperCase(),
    query: (name, statement, binds = []) => client.query({ name, text: statement, binds }, QUERY_DEADLINE_MS),
  };
}

async function checkWarehouse({ warehouse, role, query }: SnowflakePlace): Promise<Outcome> {
  if (warehouse === null) {
    return broken(
      'the session has no warehouse, so that no table can be read',
      'Set SNOWFLAKE_WAREHOUSE; sql/snowflake/setup/020_warehouses.sql makes one, SNOWGATE_WH.',
    );
  }
  const rows = await query<{ name: string; state: string; auto_resume?: string }>(
    'doctor_warehouse',
    `SHOW WAREHOUSES LIKE '${warehouse.replaceAll("'", "''")}'`,
  );
  const found = rows.find(({ name }) => name === warehouse);
  if (!found) {
    return broken(
      `the warehouse ${warehouse} is not there, or the role ${role} may not use it`,
      `Mend SNOWFLAKE_WAREHOUSE, run sql/snowflake/setup/020_warehouses.sql, or run: GRANT USAGE ON WAREHOUSE ${identifier(warehouse)} TO ROLE ${role};`,
    );
  }
  if (found.state === 'SUSPENDED' && found.auto_resume === 'false') {
    return broken(
      `the warehouse ${warehouse} sleeps and does not wake up by itself`,
      `Run in Snowflake: ALTER WAREHOUSE ${identifier(warehouse)} SET AUTO_RESUME = TRUE;`,
    );
  }
  return ok(`${warehouse} is ${found.state.toLowerCase()}`);
}

async function checkClock({ query }: SnowflakePlace): Promise<Outcome> {
  const askedAt = Date.now();
  const [row] = await query<{ now_ms: unknown }>(
    'doctor_clock',
    'SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP()) AS now_ms',
  ).catch((error: unknown) => {
    if (error instanceof UpstreamTimeoutError) throw error;
    return [];
  });
  if (!row) return skipped('Snowflake does not say what time it is');
  const skew = describeClockSkew((askedAt + Date.now()) / 2 - Number(row.now_ms));
  return skew === null ? ok('this machine and Snowflake agree on the time') : clockIsOff(skew);
}

function clockIsOff(skew: string): Outcome {
  const [text = skew] = skew.split(': ');
  return warning(
    text,
    'Set this machine’s clock right (timedatectl set-ntp true): keys and tokens are refused when it is off.',
  );
}
