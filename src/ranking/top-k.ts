/**
 * Positions of the k best scores, best first: higher score, then higher tiebreak, then smaller position. NaN counts as
 * lower than every number. Fewer than k when there are fewer scores.
 */
export function topK(scores: ArrayLike<number>, k: number, tiebreaks?: ArrayLike<number>): number[] {
  const comesBefore = createOrder(scores, tiebreaks);
  // A heap of the best positions so far with the worst of them on top.
  const heap: number[] = [];
  for (let position = 0; position < scores.length; position += 1) {
    if (heap.length < k) {
      heap.push(position);
      siftUp(heap, comesBefore);
    } else if (k > 0 && comesBefore(position, heap[0] as number)) {
      heap[0] = position;
      siftDown(heap, comesBefore);
    }
  }
  return heap.sort((a, b) => (comesBefore(a, b) ? -1 : 1));
}

type Order = (a: number, b: number) => boolean;

function createOrder(scores: ArrayLike<number>, tiebreaks: ArrayLike<number> | undefined): Order {
  return (a, b) => {
    const byScore = compareDescending(scores[a] as number, scores[b] as number);
    if (byScore !== 0) return byScore < 0;
    const byTiebreak = tiebreaks ? compareDescending(tiebreaks[a] as number, tiebreaks[b] as number) : 0;
    return byTiebreak === 0 ? a < b : byTiebreak < 0;
  };
}

function compareDescending(a: number, b: number): number {
  if (a > b) return -1;
  if (a < b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function siftUp(heap: number[], comesBefore: Order): void {
  let child = heap.length - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!comesBefore(heap[parent] as number, heap[child] as number)) return;
    swap(heap, parent, child);
    child = parent;
  }
}

function siftDown(heap: number[], comesBefore: Order): void {
  let parent = 0;
  for (;;) {
    let worst = parent;
    for (const child of [2 * parent + 1, 2 * parent + 2]) {
      if (child < heap.length && comesBefore(heap[worst] as number, heap[child] as number)) worst = child;
    }
    if (worst === parent) return;
    swap(heap, parent, worst);
    parent = worst;
  }
}

function swap(heap: number[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b] as number, heap[a] as number];
}
