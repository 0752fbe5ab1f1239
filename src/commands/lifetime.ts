import { OperatorError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** The time from the start of a command to its end, by itself or by a signal. */
export interface Lifetime {
  /** Has `close` called when the command ends; what was registered last is closed first. */
  readonly closeAtEnd: (close: () => Promise<void>) => void;
  /** Resolves when the process is asked to stop. */
  readonly stopRequested: Promise<void>;
}

export interface LifetimeOptions {
  readonly logger: Logger;
  /** How long closing may take. */
  readonly stopTimeoutMs: number;
  /** True for a command that runs until it is stopped: to stop it is then no failure. */
  readonly runsUntilStopped: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes on a Ctrl-C that the terminal has already sent: the same wish, not a second one. */
const SAME_WISH_MS = 500;

/**
 * Runs `work` and closes what it registered, whether it ends, fails or the process is asked to stop. A defect outside
 * of `work` counts as its failure. A second signal, or closing that takes longer than `stopTimeoutMs`, ends the
 * process at once with 1.
 * @throws what `work` threw; OperatorError when a command was stopped before its end.
 */
export async function withLifetime(
  options: LifetimeOptions,
  work: (lifetime: Lifetime) => Promise<void>,
): Promise<void> {
  const stop = Promise.withResolvers<undefined>();
  const defect = Promise.withResolvers<never>();
  const removeListeners = listenToProcess(
    options,
    () => {
      stop.resolve(undefined);
    },
    defect.reject,
  );
  const closers: (() => Promise<void>)[] = [];
  const lifetime = {
    closeAtEnd: (close: () => Promise<void>) => void closers.push(close),
    stopRequested: stop.promise,
  };
  const working = work(lifetime);
  // After a signal its failure is the consequence of closing things under it.
  working.catch((error: unknown) => {
    options.logger.debug({ err: error }, 'command_failed');
  });
  let outcome: 'finished' | 'stopped';
  try {
    outcome = await Promise.race([
      working.then(() => 'finished' as const),
      stop.promise.then(() => 'stopped' as const),
      defect.promise,
    ]);
  } finally {
    const timer = setTimeout(() => exitNow(options.logger, 'shutdown_took_too_long'), options.stopTimeoutMs);
    for (const close of closers.reverse()) await close();
    clearTimeout(timer);
    removeListeners();
  }
  if (outcome === 'stopped' && !options.runsUntilStopped)
    throw new OperatorError('Stopped before the end. Run it again to finish.');
}

function listenToProcess(
  { logger }: LifetimeOptions,
  onStop: () => void,
  onDefect: (error: unknown) => void,
): () => void {
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt !== undefined && Date.now() - firstAt > SAME_WISH_MS) exitNow(logger, 'second_signal');
    firstAt ??= Date.now();
    onStop();
  };
  const onUncaught = (error: unknown): void => {
    logger.fatal({ err: error }, 'uncaught_error');
    onDefect(error);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  return () => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
    process.removeListener('uncaughtException', onUncaught).removeListener('unhandledRejection', onUncaught);
  };
}

function exitNow(logger: Logger, event: string): never {
  logger.fatal(event);
  process.exit(1);
}
