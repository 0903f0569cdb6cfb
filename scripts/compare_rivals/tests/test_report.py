"""What is told of a comparison."""

import json
import re
from xml.etree import ElementTree

from compare_rivals import chart, report
from compare_rivals.quality import Quality
from compare_rivals.report import Comparison, Result
from compare_rivals.rival import Run

MACHINE = {"cpu": "Some CPU", "cores": 2, "system": "Linux", "commit": "abc", "date": "2026-11-21", "load_before": 0.1}


def result(name: str, kind: str, rates: list[float], macro: float | None) -> Result:
    runs = [Run(1000 / rate, 500 / rate, 1000, ()) for rate in rates]
    labels = ("grief", "frustration", "advice", "promotion")
    quality = None if macro is None else Quality(dict.fromkeys(labels, macro), 0.6, 0.76)
    return Result(name, kind, f"{kind} 1.0", 1000, True, runs, quality)


def comparison(quality: bool = True) -> Comparison:
    results = [
        result("Hearken accurate, 1 worker", "hearken", [900, 950], 0.9),
        result("Python accurate, 1 process", "python", [800, 700], 0.9),
        result("fastText", "fasttext", [100_000, 80_000], 0.77),
        # All but the same place: their names need room beside each other.
        *(result(f"crowded {n}", "vader", [80_000 + n, 80_000 + n], 0.77) for n in range(6)),
    ]
    for r in results:
        r.quality = r.quality if quality else None
    return Comparison(MACHINE, "A stream", 2, results)


def test_the_table_holds_rate_ratio_and_quality() -> None:
    line = report.main_table(comparison()).splitlines()[4]
    assert line == "| fastText | 90,000 | 80,000–100,000 | 1.00 (1.00–1.00) | 0.5 | 1,000 | 0.770 | 60% / 76% |"


def test_hearken_stands_against_python_on_the_same_files() -> None:
    pairs = report.as_json(comparison())["same_work"]
    spread = pairs["Hearken accurate, 1 worker : Python accurate, 1 process"]
    assert round(spread["median"], 3) == round((900 / 800 + 950 / 700) / 2, 3)


def test_every_round_is_kept_and_is_json() -> None:
    kept = json.loads(json.dumps(report.as_json(comparison())))
    assert len(kept["contestants"][0]["runs"]) == 2
    assert kept["contestants"][0]["quality"]["macro_average_precision"] == 0.9


def test_without_annotated_posts_the_report_says_so() -> None:
    text = report.markdown(comparison(quality=False))
    assert "Quality was not measured" in text and "comparison.svg" not in text


def test_the_chart_names_everyone_once_for_light_and_dark_pages() -> None:
    svg = chart.draw(comparison())
    ElementTree.fromstring(svg)
    names = re.findall(r">([^<>]+)</text>", svg)
    for r in comparison().results:
        assert names.count(r.name) == 1
    assert "prefers-color-scheme: dark" in svg and chart.INK not in svg and "currentColor" in svg
