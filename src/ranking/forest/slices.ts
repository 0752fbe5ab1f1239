import type { Steps } from './product-order.ts';

const SLICE_MS = 1;

/** Does the steps for about a millisecond at a time and lets the event loop turn in between. */
export async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (let start = performance.now(); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - start < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    start = performance.now();
  }
}
