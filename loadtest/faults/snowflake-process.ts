/**
 * A local Snowflake in a process of its own, told what to do by its parent: `fork` it with the token file as argument.
 * The first message is its address; then each order is answered by the counts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalSnowflake } from '../../local-snowflake/server.ts';
import type { Fault, FaultScope, InjectedFault } from '../../local-snowflake/wire/faults.ts';

/** What the parent can ask for. */
export type SnowflakeOrder =
  | { readonly kind: 'inject'; readonly fault: Fault; readonly scope: Omit<FaultScope, 'sql'> }
  | { readonly kind: 'clear' }
  | { readonly kind: 'expire session tokens' }
  | { readonly kind: 'expire master tokens' }
  | { readonly kind: 'end sessions' }
  | { readonly kind: 'count' };

/** What there is, and how often injected faults have struck since the last `clear`. */
export interface SnowflakeCounts {
  readonly connections: number;
  readonly sessions: number;
  readonly hits: number;
}

/** The first message. */
export interface SnowflakeAddress {
  readonly account: string;
  readonly accessUrl: string;
  readonly password: string;
  readonly user: string;
}

const SETUP_FOLDER = join(import.meta.dirname, '../../sql/snowflake/setup');

const [tokenFile = ''] = process.argv.slice(2);
const local = await startLocalSnowflake({ serviceTokenFile: tokenFile });
for (const file of readdirSync(SETUP_FOLDER).sort()) {
  if (/^\d.*\.sql$/.test(file)) await local.runScript(readFileSync(join(SETUP_FOLDER, file), 'utf8'));
}
let injected: InjectedFault[] = [];

process.on('message', (order: SnowflakeOrder) => {
  void obey(order).then(() => {
    const hits = injected.reduce((sum, fault) => sum + fault.hits, 0);
    process.send?.({ connections: local.connections(), sessions: local.sessions.size, hits } satisfies SnowflakeCounts);
    if (order.kind === 'clear') injected = [];
  });
});
process.on('disconnect', () => process.exit());
const { account, accessUrl, username: user, password } = local.connectionOptions;
process.send?.({ account, accessUrl, user, password } satisfies SnowflakeAddress);

async function obey(order: SnowflakeOrder): Promise<void> {
  switch (order.kind) {
    case 'inject':
      injected.push(local.faults.inject(order.fault, order.scope));
      return;
    case 'clear':
      local.faults.clear();
      return;
    case 'expire session tokens':
      local.sessions.expireSessionTokens();
      return;
    case 'expire master tokens':
      local.sessions.expireMasterTokens();
      return;
    case 'end sessions':
      await local.sessions.endAll();
      return;
    case 'count':
      return;
  }
}
