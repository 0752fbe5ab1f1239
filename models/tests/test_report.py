from pathlib import Path

import pytest

from goals import check_goals
from report import write_report
from some_figures import quality, some_figures

EVERYTHING = ("model", "popular in region", "oracle", "plug-in bound", "reference's 14 features")


def report_of(folder: Path, figures: dict, others: list[dict] | None = None) -> str:
    worlds = [figures, *(others or [])]
    for world in worlds:
        world["goals"] = check_goals(world)
    write_report(folder / "REPORT.md", figures, worlds[1:])
    return (folder / "REPORT.md").read_text()


def test_writes_every_order_with_its_intervals(tmp_path: Path):
    figures = some_figures(EVERYTHING)
    figures["ranking"]["model"]["all"] = quality(0.321)
    text = report_of(tmp_path, figures)
    assert "| **model** | 0.321 [0.311, 0.331] |" in text
    for name in EVERYTHING[1:]:
        assert f"| {name} | 0.500 [0.490, 0.510] |" in text
    assert "reaches 64 % of that" in text
    assert "data set `demo`, seed 7, as of 2026-11-01" in text


@pytest.mark.parametrize("group", ["all", "new", "cold"])
def test_leaves_out_what_was_not_measured(tmp_path: Path, group: str):
    figures = some_figures()
    if group != "all":
        for name in figures["ranking"]:
            figures["ranking"][name][group] = {}
    text = report_of(tmp_path, figures)
    assert "| plug-in bound |" not in text and "| oracle |" not in text
    assert "Nobody can foresee everything" not in text
    for word in ("nan", "None", "{", "inf "):
        assert word not in text


def test_shows_the_goals_of_every_world_side_by_side(tmp_path: Path):
    other = some_figures(EVERYTHING, 0.99)
    other["dataset"]["seed"] = 8
    text = report_of(tmp_path, some_figures(EVERYTHING), [other])
    assert "| seed 7 | seed 8 | all customers together |" in text
    [row] = [line for line in text.splitlines() if line.startswith("| hit rate@10 |")]
    assert row.endswith("| 0.500 [0.490, 0.510] | 0.990 [0.980, 1.000] | 0.745 |")
    [missed] = [line for line in text.splitlines() if line.startswith("| within-customer AUC, all products |")]
    assert missed.endswith("| 0.500 [0.490, 0.510] **missed** | 0.990 [0.980, 1.000] | 0.745 **missed** |")
    [most] = [line for line in text.splitlines() if "plug-in bound, NDCG@10 over regional popularity" in line]
    assert most.endswith("| 1.000 | 1.000 | 1.000 |")


def test_a_goal_that_a_world_does_not_have_is_not_mixed_up_with_another(tmp_path: Path):
    other = some_figures(value=0.25)
    for name in other["ranking"]:
        other["ranking"][name]["new"] = {}
    text = report_of(tmp_path, some_figures(), [other])
    cells = {line.split(" | ")[0]: line.split(" | ")[3] for line in text.splitlines() if line.startswith("| ")}
    assert cells["| within-customer AUC, products never met"] == "–"
    assert cells["| hit rate@10"] == "0.250 [0.240, 0.260] **missed**"


def test_says_whether_the_model_has_seen_what_is_measured(tmp_path: Path):
    other = some_figures()
    other["dataset"]["seed"] = 12
    text = report_of(tmp_path, some_figures(), [other])
    assert "The models learned on demo 11, demo 12: of demo 12 they saw what was before the test." in text
    assert "Nothing of this world was in the training" in text
    assert "`reference's 14 features` learned on demo 7, with 60 trees" in text
    text = report_of(tmp_path, some_figures())
    assert "The models learned on demo 11, demo 12: they have seen nothing of those measured here." in text
    seen = {**some_figures(), "trained_on": ["demo 7"]}
    text = report_of(tmp_path, seen)
    assert "Training used earlier moments only" in text and "Nothing of this world" not in text


def test_does_not_claim_to_know_what_a_model_without_a_list_learned_on(tmp_path: Path):
    text = report_of(tmp_path, {**some_figures(), "trained_on": [], "reference_trained_on": []})
    assert "What the models learned on is not known." in text
    assert "`reference's 14 features` learned on worlds that are not known, with 60 trees" in text
    assert "Nothing of this world" not in text and "seen nothing" not in text


def test_gives_the_tables_back_for_the_terminal(tmp_path: Path):
    figures = some_figures()
    figures["goals"] = check_goals(figures)
    tables = write_report(tmp_path / "REPORT.md", figures, [])
    assert tables.startswith("| | AUC |")
    text = (tmp_path / "REPORT.md").read_text()
    assert all(table in text for table in tables.split("\n\n"))


def test_names_the_plots_that_stand_beside_it(tmp_path: Path):
    text = report_of(tmp_path, some_figures())
    plots = Path(__file__).parents[1] / "plots"
    assert all(f"(plots/{plot.name})" in text for plot in plots.glob("*.png"))
