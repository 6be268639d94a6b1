"""Figures of the report, as SVG."""

from pathlib import Path
from typing import Any

import numpy as np

from training.limits import CURVES


def draw(metrics: dict[str, Any], folder: Path) -> list[str]:
    """Draw reliability, pages, the learning curve and the ablation into a folder; answers with file names."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "merilo", "font.size": 9, "figure.autolayout": True})
    folder.mkdir(parents=True, exist_ok=True)
    return [
        name
        for name, plot in (
            ("reliability.svg", _reliability),
            ("pages.svg", _pages),
            ("learning.svg", _learning),
            ("ablation.svg", _ablation),
        )
        if _save(plot, metrics, folder / name)
    ]


def _save(plot: Any, metrics: dict[str, Any], path: Path) -> bool:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4))
    drawn = plot(axes, metrics)
    if drawn:
        figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return bool(drawn)


def _reliability(axes: Any, metrics: dict[str, Any]) -> bool:
    for name, curve in metrics["reliability"].items():
        axes.plot([bin["said"] for bin in curve], [bin["seen"] for bin in curve], marker="o", label=name)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.set(xlabel="сказанная вероятность", ylabel="наблюдаемая доля", title="Калибровка, страницы вне обучения")
    axes.legend()
    return True


def _pages(axes: Any, metrics: dict[str, Any]) -> bool:
    pages = sorted(metrics["by_page"], key=lambda page: page["text"])
    if not pages:
        return False
    places = np.arange(len(pages))
    axes.barh(places + 0.2, [page["memory"] or 0 for page in pages], height=0.4, label="с памятью страницы")
    axes.barh(places - 0.2, [page["text"] for page in pages], height=0.4, label="только текст")
    axes.axvline(0.5, color="grey", linewidth=0.8)
    axes.set(xlim=(0.4, 1), yticks=places, yticklabels=[f"{n + 1}" for n in places], ylabel="страница")
    axes.set(xlabel="AUC лайков", title="Официальные страницы вне обучения")
    axes.legend(loc="lower right")
    return True


def _learning(axes: Any, metrics: dict[str, Any]) -> bool:
    drawn = False
    for curve in metrics["learning_curve"]:
        points = [point for point in curve["points"] if point["value"] is not None]
        if len(points) == len(curve["points"]):
            axes.plot(
                [p["share"] for p in points], [p["value"] for p in points], marker="o", label=CURVES[curve["key"]]
            )
            drawn = True
    axes.set(xlabel="доля того, на чём можно учиться", title="Кривые обучения")
    if drawn:
        axes.legend(fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawn


def _ablation(axes: Any, metrics: dict[str, Any]) -> bool:
    rows = [row for row in metrics["ablation"] if row["without"] is not None and row["whole"] is not None][::-1]
    places = np.arange(len(rows))
    axes.barh(places, [row["whole"] - row["without"] for row in rows])
    axes.axvline(0, color="grey", linewidth=0.8)
    axes.set(yticks=places, yticklabels=[f"{row['family']}\n{row['of']}" for row in rows])
    axes.tick_params(axis="y", labelsize=6)
    axes.set(xlabel="на сколько хуже без этого", title="Что даёт каждая часть")
    return bool(rows)
