"""What the models have to reach on demo data, and whether they do."""


def check_goals(figures: dict) -> list[dict]:
    """One entry per goal: what, how much is wanted, how much was measured, whether it is met."""
    ranking, propensity = figures["ranking"], figures["propensity"]
    model, popular = ranking["model"], ranking["popular in region"]
    wanted = [
        ("within-customer AUC, all products", 0.90, model["all"]["auc"][0]),
        ("NDCG@10 over regional popularity", 2.1, model["all"]["ndcg"][0] / popular["all"]["ndcg"][0]),
        ("hit rate@10", 0.41, model["all"]["hit"][0]),
        ("coverage@10", 0.40, model["all"]["coverage"]),
        ("propensity, within-customer AUC", 0.77, propensity["auc"][0]),
    ]
    if "plug-in bound" in ranking:
        bound = ranking["plug-in bound"]["all"]["ndcg"][0]
        wanted.insert(2, ("NDCG@10 over the plug-in bound", 0.95, model["all"]["ndcg"][0] / bound))
    if model["new"]:
        wanted.insert(1, ("within-customer AUC, products never met", 0.86, model["new"]["auc"][0]))
    if model["cold"]:
        wanted.append(("cold customers, AUC over regional popularity", 1.0, model["cold"]["auc"][0] / popular["cold"]["auc"][0]))
    goals = [{"goal": what, "at least": least, "measured": value, "met": value >= least} for what, least, value in wanted]
    ece = propensity["ece"]
    return [*goals, {"goal": "propensity, expected calibration error", "at most": 0.01, "measured": ece, "met": ece <= 0.01}]
