/** Later than this, a timer was held up by work of this process. */
const LAG_MS = 10;
/** The most that is granted because of it, as a share of the deadline. */
const GRACE = 0.5;

/**
 * Calls `onLate` after `ms` milliseconds, unless it is cleared before.
 *
 * A process that is busy hears of its timers before it hears of answers that came long ago. Time in which this process
 * did not listen is therefore granted once more, up to half of the deadline, before somebody else is called late.
 * @returns what clears it.
 */
export function startDeadline(ms: number, onLate: () => void): () => void {
  const dueAt = performance.now() + ms;
  let timer = setTimeout(() => {
    const lagMs = performance.now() - dueAt;
    if (lagMs < LAG_MS) onLate();
    else timer = setTimeout(onLate, Math.min(lagMs, ms * GRACE));
  }, ms);
  return () => {
    clearTimeout(timer);
  };
}
