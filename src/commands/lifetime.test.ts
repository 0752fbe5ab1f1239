import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logger.ts';
import { withLifetime, type Lifetime } from './lifetime.ts';

const OPTIONS = { logger: createLogger('silent'), stopTimeoutMs: 1000, runsUntilStopped: true };
const exit = vi.spyOn(process, 'exit');
let events: string[];

beforeEach(() => {
  events = [];
  vi.useFakeTimers();
  exit.mockImplementation((code) => {
    events.push(`exit ${String(code)}`);
    return undefined as never;
  });
});

afterEach(() => {
  vi.useRealTimers();
  exit.mockReset();
});

/** Work that registers two things to close and goes on until it is stopped. */
async function workUntilStopped({ closeAtEnd, stopRequested }: Lifetime): Promise<void> {
  closeAtEnd(() => Promise.resolve(void events.push('database closed')));
  closeAtEnd(() => Promise.resolve(void events.push('app stopped')));
  await stopRequested;
}

/** Calls only the listener that the code under test has added, not those of the test runner. */
function signal(name: NodeJS.Signals): void {
  const listener = process.listeners(name).at(-1);
  listener?.(name);
}

describe('withLifetime', () => {
  it('closes what was registered last first when the work ends', async () => {
    await withLifetime(OPTIONS, (lifetime) => {
      void workUntilStopped(lifetime);
      return Promise.resolve();
    });
    expect(events).toEqual(['app stopped', 'database closed']);
  });

  it('closes everything and passes the failure on when the work fails', async () => {
    const failing = withLifetime(OPTIONS, (lifetime) => {
      void workUntilStopped(lifetime);
      return Promise.reject(new Error('no luck'));
    });
    await expect(failing).rejects.toThrow('no luck');
    expect(events).toEqual(['app stopped', 'database closed']);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'closes everything on %s and counts it as success',
    async (name) => {
      const running = withLifetime(OPTIONS, workUntilStopped);
      signal(name);
      await running;
      expect(events).toEqual(['app stopped', 'database closed']);
    },
  );

  it('counts a stop as failure for a command that was to come to an end by itself', async () => {
    const running = withLifetime({ ...OPTIONS, runsUntilStopped: false }, () => new Promise(() => undefined));
    signal('SIGINT');
    await expect(running).rejects.toThrow('Stopped before the end');
  });

  it('takes a signal that npm passes on once more for the same wish', async () => {
    const running = withLifetime(OPTIONS, workUntilStopped);
    signal('SIGINT');
    vi.advanceTimersByTime(20);
    signal('SIGINT');
    await running;
    expect(events).toEqual(['app stopped', 'database closed']);
  });

  it('ends the process with 1 on a second signal', async () => {
    const closing = Promise.withResolvers<undefined>();
    const running = withLifetime(OPTIONS, async ({ closeAtEnd, stopRequested }) => {
      closeAtEnd(() => closing.promise);
      await stopRequested;
    });
    signal('SIGINT');
    vi.advanceTimersByTime(600);
    signal('SIGINT');
    expect(events).toEqual(['exit 1']);
    closing.resolve(undefined);
    await running;
  });

  it('ends the process with 1 when closing takes too long', async () => {
    const closing = Promise.withResolvers<undefined>();
    const running = withLifetime(OPTIONS, ({ closeAtEnd }) => {
      closeAtEnd(() => closing.promise);
      return Promise.resolve();
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(['exit 1']);
    closing.resolve(undefined);
    await running;
  });

  it.each(['uncaughtException', 'unhandledRejection'] as const)(
    'closes everything and fails on an %s',
    async (event) => {
      const running = withLifetime(OPTIONS, workUntilStopped);
      const listener = process.listeners(event as 'uncaughtException').at(-1);
      listener?.(new Error('a defect'), 'uncaughtException');
      await expect(running).rejects.toThrow('a defect');
      expect(events).toEqual(['app stopped', 'database closed']);
    },
  );

  it('leaves no listener behind', async () => {
    const before = process.listenerCount('SIGTERM');
    await withLifetime(OPTIONS, () => Promise.resolve());
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
