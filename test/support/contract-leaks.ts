import { startLocalSnowflake } from '../../local-snowflake/server.ts';
import { connectTo } from './contract-stores.ts';

// A program of its own: the test runner has timers and sockets, too. It ends when nothing keeps it, and writes what does.
const local = await startLocalSnowflake();
const client = connectTo(local, { poolSizeMax: 8 });
const ask = (deadlineMs: number): Promise<unknown> =>
  client.query({ name: 'leaks', text: 'SELECT 1 AS n', binds: [] }, deadlineMs);
const askAll = (deadlineMs: number): Promise<unknown> =>
  Promise.allSettled(Array.from({ length: 50 }, () => ask(deadlineMs)));

await askAll(5000);
for (const kind of ['reset', 'hang', 'broken body', 'unauthorized'] as const)
  local.faults.inject({ kind }, { times: 4 });
local.faults.inject({ kind: 'status', status: 503 }, { times: 20 });
await askAll(500);
for (const route of ['abort', 'logout', 'login', 'query'] as const) {
  local.faults.inject({ kind: 'hang' }, { route, times: 8 });
}
await askAll(300);
await client.close();
while (local.connections() > 0) await new Promise(setImmediate);
await local.stop();
await new Promise(setImmediate);
const left = process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap' && kind !== 'TTYWrap');
process.stdout.write(JSON.stringify({ usage: client.usage, left }));
