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


def together(worlds: list[dict]) -> dict:
    """Figures of the customers of all worlds as one, without intervals. What is of a whole world, not of its customers
    (coverage and calibration error), is the mean of the worlds."""
    names = [name for name in worlds[0]["ranking"] if all(name in world["ranking"] for world in worlds)]
    ranking = {name: {group: group_together(worlds, name, group) for group in ("all", "new", "cold")} for name in names}
    weights = [world["propensity"]["customers"] for world in worlds]
    model = ranking["model"]["all"]["ndcg"][0]
    return {
        "ranking": ranking,
        "over": {
            name: [model / ranking[name]["all"]["ndcg"][0]] for name in names if all(name in world["over"] for world in worlds)
        },
        "propensity": {
            "auc": [mean([world["propensity"]["auc"][0] for world in worlds], weights)],
            "ece": mean([world["propensity"]["ece"] for world in worlds], weights),
        },
    }


def group_together(worlds: list[dict], name: str, group: str) -> dict:
    """Worlds in which nobody belongs to the group do not count."""
    measured = [world for world in worlds if world["ranking"][name][group]]
    if not measured:
        return {}
    qualities = [world["ranking"][name][group] for world in measured]
    weights = [world["customers"][group] for world in measured]
    return {
        **{measure: [mean([quality[measure][0] for quality in qualities], weights)] for measure in ("auc", "ndcg", "hit")},
        "coverage": mean([quality["coverage"] for quality in qualities], [1] * len(qualities)),
    }


def mean(values: list[float], weights: list[int]) -> float:
    return sum(value * weight for value, weight in zip(values, weights)) / sum(weights)
