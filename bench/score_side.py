"""XGBoost's side of `npm run bench:score`: predicts rows of customers with all threads and keeps the best of each.

    python bench/score_side.py MODEL ROWS COLUMNS COUNTS FIRST

ROWS holds little-endian float32, row by row, COUNTS the rows of each customer as little-endian int32. Prints one line of
JSON: the seconds that predicting and choosing took, without reading the files.
"""

import json
import sys
import time

import numpy as np
import xgboost as xgb


def main():
    model, rows_path, columns, counts_path, first = sys.argv[1:]
    booster = xgb.Booster()
    booster.load_model(model)
    rows = np.fromfile(rows_path, dtype="<f4").reshape(-1, int(columns))
    counts = np.fromfile(counts_path, dtype="<i4")
    # Once untimed: the first call starts the threads.
    booster.inplace_predict(rows[: counts[0]], validate_features=False)
    start = time.perf_counter()
    scores = booster.inplace_predict(rows, validate_features=False)
    best = 0
    for own in np.split(scores, np.cumsum(counts)[:-1]):
        best += len(np.argpartition(-own, int(first))[: int(first)])
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "best": best, "version": xgb.__version__}))


if __name__ == "__main__":
    main()
