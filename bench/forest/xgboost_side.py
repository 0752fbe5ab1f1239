"""XGBoost's side of `npm run bench:forest`: trains models and times its own prediction on one thread.

Reads one JSON command a line from standard input and answers each with one line of JSON. Matrices come as files of
little-endian float32, row by row.
"""

import json
import sys
import time

import numpy as np
import xgboost as xgb


def read(path, columns):
    values = np.fromfile(path, dtype="<f4")
    return np.ascontiguousarray(values.reshape(-1, columns))


def train(command):
    rows = read(command["rows"], command["columns"])
    labels = np.fromfile(command["labels"], dtype="<f4")
    parameters = {
        "objective": "binary:logistic", "tree_method": "hist", "max_depth": command["depth"], "eta": 0.1,
        "min_child_weight": 1, "subsample": 0.8, "colsample_bytree": 0.7, "seed": 7, "nthread": 2,
    }
    booster = xgb.train(parameters, xgb.DMatrix(rows, labels), command["trees"])
    booster.save_model(command["model"])
    return {}


class Predictor:
    def __init__(self):
        self.booster = None
        self.matrices = {}

    def load(self, command):
        self.booster = xgb.Booster({"nthread": 1})
        self.booster.load_model(command["model"])
        self.booster.set_param({"nthread": 1})
        self.matrices = {}
        return {"version": xgb.__version__}

    def predict(self, command):
        path = command["rows"]
        if path not in self.matrices:
            self.matrices[path] = read(path, command["columns"])
        rows = self.matrices[path]
        repeat = command["repeat"]
        # Once untimed: the first call of a matrix meets cold caches.
        self.booster.inplace_predict(rows, validate_features=False)
        # Of the whole process, so that nothing hides in another thread.
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(repeat):
            scores = self.booster.inplace_predict(rows, validate_features=False)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        scores.astype("<f4").tofile(command["scores"])
        return {"cpu": 1000 * cpu / repeat, "wall": 1000 * wall / repeat}


def main():
    predictor = Predictor()
    actions = {"train": train, "load": predictor.load, "predict": predictor.predict}
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(actions[command["action"]](command)), flush=True)


if __name__ == "__main__":
    main()
