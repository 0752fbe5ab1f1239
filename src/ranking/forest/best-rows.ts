/** The best rows so far: higher scores first, equal scores by row. */
export interface BestRows {
  /** True when a row with this score could still enter. */
  readonly accepts: (score: number) => boolean;
  readonly add: (row: number, score: number) => void;
  /** Best first. */
  readonly rows: readonly number[];
  readonly scores: readonly number[];
}

/** Keeps at most `k` rows, ordered at all times: meant for short lists. */
export function createBestRows(k: number): BestRows {
  const rows: number[] = [];
  const scores: number[] = [];
  return {
    rows,
    scores,
    accepts: (score) => rows.length < k || (k > 0 && score >= (scores[k - 1] as number)),
    add: (row, score) => {
      let [low, high] = [0, rows.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        const other = scores[middle] as number;
        if (other > score || (other === score && (rows[middle] as number) < row)) low = middle + 1;
        else high = middle;
      }
      if (low >= k) return;
      rows.splice(low, 0, row);
      scores.splice(low, 0, score);
      if (rows.length > k) {
        rows.pop();
        scores.pop();
      }
    },
  };
}
