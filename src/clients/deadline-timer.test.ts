import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { startDeadline } from './deadline-timer.ts';

function block(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}

/** A server in a thread of its own answers while this one is busy. */
const SERVER = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((_, response) => response.end('there'));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

describe('startDeadline', () => {
  it('tells that somebody is late, once', async () => {
    let calls = 0;
    startDeadline(20, () => (calls += 1));
    await delay(100);
    expect(calls).toBe(1);
  });

  it('tells nothing once it is cleared, also while it grants time', async () => {
    let calls = 0;
    const clear = startDeadline(20, () => (calls += 1));
    const clearOther = startDeadline(20, () => (calls += 1));
    clear();
    block(100);
    await new Promise(setImmediate);
    clearOther();
    await delay(150);
    expect(calls).toBe(0);
  });

  it('does not call late who answered while this process was busy', async () => {
    const worker = new Worker(SERVER, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const url = `http://127.0.0.1:${String(port)}`;
    await (await fetch(url)).text();
    const outcome = new Promise((resolve) => {
      const clear = startDeadline(100, () => {
        resolve('late');
      });
      void fetch(url)
        .then((response) => response.text())
        .then((text) => {
          clear();
          resolve(text);
        });
    });
    // The request goes out, then nobody listens until after the deadline.
    await delay(5);
    block(300);
    expect(await outcome).toBe('there');
    await worker.terminate();
  });

  it('grants no more than half of the deadline', async () => {
    let calls = 0;
    startDeadline(100, () => (calls += 1));
    block(600);
    await delay(90);
    expect(calls).toBe(1);
  });
});
