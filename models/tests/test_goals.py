import pytest

from goals import check_goals, together
from some_figures import quality, some_figures


def goal(figures: dict, words: str) -> dict:
    [found] = [one for one in check_goals(figures) if words in one["goal"]]
    return found


def test_a_goal_is_met_from_its_bound_on():
    figures = some_figures()
    least = goal(figures, "within-customer AUC, all products")["at least"]
    for value, met in ((least - 0.001, False), (least, True), (least + 0.001, True)):
        figures["ranking"]["model"]["all"] = quality(value)
        measured = goal(figures, "within-customer AUC, all products")
        assert (measured["measured"], measured["met"]) == (value, met)


def test_a_calibration_error_is_met_up_to_its_bound():
    figures = some_figures()
    most = goal(figures, "calibration error")["at most"]
    for value, met in ((most, True), (most + 0.001, False)):
        figures["propensity"]["ece"] = value
        assert goal(figures, "calibration error")["met"] is met


def test_ndcg_is_compared_with_popularity_and_with_the_bound():
    figures = some_figures(("model", "popular in region", "plug-in bound"))
    figures["over"] = {"popular in region": [3.0, 2.5, 3.5], "plug-in bound": [0.75, 0.7, 0.8]}
    by_name = {one["goal"]: (one["measured"], one["interval"]) for one in check_goals(figures) if "interval" in one}
    assert by_name["NDCG@10 over regional popularity"] == (3.0, [2.5, 3.5])
    assert by_name["NDCG@10 over the plug-in bound"] == (0.75, [0.7, 0.8])


def test_what_cannot_be_measured_is_no_goal():
    figures = some_figures()
    with_all = {one["goal"] for one in check_goals(some_figures(("model", "popular in region", "plug-in bound")))}
    for name in figures["ranking"]:
        figures["ranking"][name] |= {"cold": {}, "new": {}}
    assert with_all - {one["goal"] for one in check_goals(figures)} == {
        "NDCG@10 over the plug-in bound",
        "cold customers, AUC over regional popularity",
        "within-customer AUC, products never met",
    }


def test_together_every_customer_counts_alike():
    one, other = some_figures(("model", "popular in region")), some_figures(("model", "popular in region"))
    one["customers"], other["customers"] = {"all": 100, "new": 100, "cold": 10}, {"all": 300, "new": 100, "cold": 0}
    one["ranking"]["model"]["all"], other["ranking"]["model"]["all"] = quality(0.2), quality(0.6)
    one["ranking"]["popular in region"]["all"], other["ranking"]["popular in region"]["all"] = quality(0.1), quality(0.3)
    for name in other["ranking"]:
        other["ranking"][name]["cold"] = {}
    one["propensity"] |= {"customers": 10, "ece": 0.01}
    other["propensity"] |= {"customers": 30, "ece": 0.03}
    figures = together([one, other])
    assert figures["ranking"]["model"]["all"]["auc"] == pytest.approx([0.5])
    assert figures["ranking"]["model"]["all"]["coverage"] == pytest.approx(0.4)
    assert figures["ranking"]["model"]["cold"]["auc"] == pytest.approx([0.5])
    assert figures["over"]["popular in region"] == pytest.approx([2.0])
    assert figures["propensity"]["ece"] == pytest.approx(0.025)
    assert not goal(figures, "calibration error")["met"]
    for name in one["ranking"]:
        one["ranking"][name]["cold"] = {}
    assert together([one, other])["ranking"]["model"]["cold"] == {}
