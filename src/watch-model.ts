import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenRanker } from './load-ranker.ts';
import type { Logger } from './logger.ts';
import type { Ranker } from './ranking/rank.ts';
import { modelIdText, type ModelId } from './registry/model-id.ts';
import type { ModelRegistry } from './registry/model-registry.ts';

/** What takes up another version of the model. */
export interface WatchModelOptions {
  readonly registry: ModelRegistry;
  readonly open: (id: ModelId) => OpenRanker;
  /** Makes new requests rank by it; when it fails, nothing has changed. */
  readonly use: (ranker: Ranker) => Promise<void>;
  /** What serves now; closed when another one has taken over, or at the end. */
  readonly serving: OpenRanker;
  /** How long requests may still use what another one took over from. */
  readonly graceMs: number;
  readonly logger: Logger;
}

const INTERVAL_MS = 1000;

/**
 * Looks every second which version is to serve, and takes up another one without a pause. One that cannot be used is
 * told to the log once; what serves goes on.
 * @returns what ends it and closes every version that is still open.
 */
export function watchModel(options: WatchModelOptions): () => Promise<void> {
  const stopped = new AbortController();
  const opened = new Set([options.serving]);
  const watching = watch(options, opened, stopped.signal);
  return async () => {
    stopped.abort();
    await watching;
    for (const { close } of opened) await close();
  };
}

async function watch(options: WatchModelOptions, opened: Set<OpenRanker>, stopped: AbortSignal): Promise<void> {
  const { registry, logger, graceMs } = options;
  let serving = options.serving;
  let seen = modelText(serving);
  while (await isStillWatching(stopped)) {
    const wanted = textWanted(registry);
    if (wanted === seen) continue;
    const next = await takeUp(wanted, options);
    if (next === 'later') continue;
    seen = wanted;
    if (next === 'refused') continue;
    logger.info({ from: modelText(serving), to: modelText(next) }, 'model_swapped');
    opened.add(next);
    closeLater(serving, { opened, graceMs, logger });
    serving = next;
  }
}

async function isStillWatching(signal: AbortSignal): Promise<boolean> {
  await sleep(INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}

/** A choice that cannot be read is as good a reason for a refusal as any text. */
function textWanted(registry: ModelRegistry): string {
  try {
    return registry.wantedText();
  } catch {
    return '';
  }
}

async function takeUp(
  wanted: string,
  { registry, open, use, logger }: WatchModelOptions,
): Promise<OpenRanker | 'refused' | 'later'> {
  let next: OpenRanker;
  try {
    next = open(registry.idOf(wanted));
  } catch (error) {
    logger.error({ wanted, reason: error instanceof Error ? error.message : String(error) }, 'model_refused');
    return 'refused';
  }
  try {
    await use(next.ranker);
    return next;
  } catch (error) {
    logger.warn({ err: error, wanted }, 'model_waits');
    await next.close();
    return 'later';
  }
}

function modelText({ ranker }: OpenRanker): string {
  return modelIdText(ranker);
}

function closeLater(
  retired: OpenRanker,
  { opened, graceMs, logger }: { opened: Set<OpenRanker>; graceMs: number; logger: Logger },
): void {
  const close = async (): Promise<void> => {
    if (!opened.delete(retired)) return;
    await retired.close();
  };
  const timer = setTimeout(() => {
    close().catch((error: unknown) => {
      logger.warn({ err: error }, 'model_close_failed');
    });
  }, graceMs);
  timer.unref();
}
