"""The plots of the report: small PNG files."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

SIZE = (5.4, 3.4)
DPI = 90
COLOURS = {
    "model": "#1f6feb",
    "popular in region": "#8c959f",
    "reference's 14 features": "#bf8700",
    "oracle": "#1a7f37",
    "plug-in bound": "#1a7f37",
}


def draw_plots(folder: Path, figures: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draw_lift(folder / "lift.png", figures["lift"])
    draw_calibration(folder / "calibration.png", figures["propensity"]["curve"])
    draw_history(folder / "history.png", figures["history"])
    draw_importance(folder / "importance.png", figures["importance"])


def draw_lift(path: Path, curves: dict[str, list[float]]) -> None:
    """The names stand where the curves end: a legend would lie on one of them."""
    figure, axes = new_plot()
    for name, curve in curves.items():
        draw_named(axes, name, [0, *[100 * value for value in curve[:30]]], "-", COLOURS.get(name, "#24292f"))
    draw_named(axes, "by chance", [*range(31)], ":", "#8c959f")
    axes.set(xlabel="first … % of the products in stock", ylabel="% of what was bought", xlim=(0, 30), ylim=(0, 100))
    save(figure, path)


def draw_named(axes, name: str, values: list[float], line: str, colour: str) -> None:
    axes.plot(values, line, color=colour)
    end = (len(values) - 1, values[-1])
    axes.annotate(name, end, xytext=(5, 0), textcoords="offset points", va="center", fontsize=8, color=colour)


def draw_calibration(path: Path, curve: list[list[float]]) -> None:
    figure, axes = new_plot()
    top = 100 * max(max(row[0], row[1]) for row in curve) * 1.05
    axes.plot([0, top], [0, top], ":", color="#8c959f")
    axes.plot([100 * row[0] for row in curve], [100 * row[1] for row in curve], "o-", color=COLOURS["model"])
    axes.set(xlabel="predicted: % who buy from the category", ylabel="% who did", xlim=(0, top), ylim=(0, top))
    save(figure, path)


def draw_history(path: Path, history: dict) -> None:
    figure, axes = new_plot()
    places = range(len(history["bands"]))
    for shift, (name, bands) in zip((-0.12, 0, 0.12), history["ndcg"].items()):
        known = [(place + shift, band) for place, band in zip(places, bands) if band]
        means = [band[0] for _, band in known]
        errors = [[band[0] - band[1] for _, band in known], [band[2] - band[0] for _, band in known]]
        axes.errorbar([place for place, _ in known], means, errors, fmt="o-", capsize=2, label=name, color=COLOURS[name])
    axes.set_xticks(list(places), history["bands"])
    axes.set(xlabel="events of the customer before", ylabel="NDCG@10", ylim=(0, None))
    axes.legend(frameon=False, fontsize=8)
    save(figure, path)


def draw_importance(path: Path, importance: dict[str, float]) -> None:
    figure, axes = new_plot()
    names = list(importance)[:12][::-1]
    axes.barh([name.replace("_", " ") for name in names], [100 * importance[name] for name in names], color=COLOURS["model"])
    axes.set(xlabel="% of what the model gains by its splits")
    axes.tick_params(axis="y", labelsize=8)
    save(figure, path)


def new_plot():
    figure, axes = plt.subplots(figsize=SIZE, dpi=DPI)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def save(figure, path: Path) -> None:
    figure.tight_layout()
    # Without the version of the library the same figures give the same file.
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)
