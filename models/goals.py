"""What the models have to reach on demo data, and whether they do."""


def check_goals(figures: dict) -> list[dict]:
    """One entry per goal: what, how much is wanted, how much was measured (and its 95 % interval), whether it is met."""
    ranking, propensity, over = figures["ranking"], figures["propensity"], figures["over"]
    model, popular = ranking["model"], ranking["popular in region"]
    wanted = [
        ("within-customer AUC, all products", 0.90, model["all"]["auc"]),
        ("NDCG@10 over regional popularity", 2.1, over["popular in region"]),
        ("hit rate@10", 0.41, model["all"]["hit"]),
        ("coverage@10", 0.40, [model["all"]["coverage"]]),
        ("propensity, within-customer AUC", 0.77, propensity["auc"]),
    ]
    if "plug-in bound" in over:
        wanted.insert(2, ("NDCG@10 over the plug-in bound", 0.95, over["plug-in bound"]))
    if model["new"]:
        wanted.insert(1, ("within-customer AUC, products never met", 0.86, model["new"]["auc"]))
    if model["cold"]:
        ratio = model["cold"]["auc"][0] / popular["cold"]["auc"][0]
        wanted.append(("cold customers, AUC over regional popularity", 1.0, [ratio]))
    goals = [
        {"goal": what, "at least": least, "measured": value, "interval": interval, "met": value >= least}
        for what, least, [value, *interval] in wanted
    ]
    ece = propensity["ece"]
    return [*goals, {"goal": "propensity, expected calibration error", "at most": 0.01, "measured": ece, "met": ece <= 0.01}]
