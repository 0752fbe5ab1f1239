"""XGBoost's side of `npm run bench:forest`: trains models, times its own prediction on one thread, draws the plot.

Reads one JSON command a line from standard input and answers each with one line of JSON. Matrices come as files of
little-endian float32, row by row.
"""

import json
import sys
import time

import matplotlib
import numpy as np
import xgboost as xgb

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


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
            # Once untimed: the first call of a matrix meets cold caches.
            self.booster.inplace_predict(self.matrices[path], validate_features=False)
        rows = self.matrices[path]
        repeat = command["repeat"]
        # Of the whole process, so that nothing hides in another thread.
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(repeat):
            scores = self.booster.inplace_predict(rows, validate_features=False)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        scores.astype("<f4").tofile(command["scores"])
        return {"cpu": 1000 * cpu / repeat, "wall": 1000 * wall / repeat}


def plot(command):
    """Milliseconds by candidates, a panel per model; bars from the 10th to the 90th percentile."""
    results = command["results"]
    models = list(dict.fromkeys(result["model"] for result in results))
    figure, panels = plt.subplots(1, len(models), figsize=(4 * len(models), 3.6), sharey=True, layout="constrained")
    for panel, model in zip(panels, models):
        own = [result for result in results if result["model"] == model]
        sizes = [result["size"] for result in own]
        for name, key, color in (("XGBoost", "xgboost", "#8a8f98"), ("plain JS", "plain", "#c98b2b"), ("SIMD", "simd", "#1f6feb")):
            middle = [result[key]["median"] for result in own]
            below = [result[key]["median"] - result[key]["low"] for result in own]
            above = [result[key]["high"] - result[key]["median"] for result in own]
            panel.errorbar(sizes, middle, yerr=[below, above], label=name, color=color, marker="o", capsize=3)
        for result in own:
            panel.annotate(
                f"{result['xgboost']['median'] / result['simd']['median']:.0f}×", (result["size"], result["simd"]["median"]),
                textcoords="offset points", xytext=(0, -14), ha="center", fontsize=8, color="#1f6feb",
            )
        panel.set(title=model, xscale="log", yscale="log", xlabel="candidates")
        panel.set_xticks(sizes, [f"{size:,}" for size in sizes])
        panel.minorticks_off()
        panel.grid(alpha=0.25)
        panel.margins(x=0.12, y=0.12)
    panels[0].set_ylabel("ms of processor time, one thread")
    panels[0].legend(frameon=False)
    figure.savefig(command["path"], dpi=110)
    return {}


def main():
    predictor = Predictor()
    actions = {"train": train, "load": predictor.load, "predict": predictor.predict, "plot": plot}
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(actions[command["action"]](command)), flush=True)


if __name__ == "__main__":
    main()
