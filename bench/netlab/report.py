"""From runs to Markdown: one table a group, ours beside plain. Pure, but for `write`."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.netlab.probes import NEVER, spread
from bench.netlab.scenarios import Group, Metric, Scenario

Runs = Sequence[Mapping[str, Any]]
Results = Mapping[str, Mapping[str, Runs]]  # scenario -> "ours" or "plain" -> runs

ROOT = Path(__file__).resolve().parents[2]
PLACES = (ROOT / "docs" / "performance.md", ROOT / "docs" / "netlab.md")
HEAD = "| network | figure | ours | plain | ours / plain | goal |\n|---|---|---:|---:|---:|---|"


def values(runs: Runs, key: str) -> list[float]:
    """This figure of every run; a run that failed, or never got there, counts as never."""
    found = [run.get(key) if "error" not in run else None for run in runs]
    return [NEVER if value is None else float(value) for value in found]


def figure(value: float, metric: Metric) -> str:
    """One figure as text."""
    return "never" if math.isinf(value) else f"{value:.{metric.digits}f}"


def cell(runs: Runs, metric: Metric) -> str:
    """Median and, of several runs that differ, least and most: "2.4 (2.3-2.6)"."""
    if not runs or all(metric.key not in run and "error" not in run for run in runs):
        return ""
    middle, least, most = (figure(v, metric) for v in spread(values(runs, metric.key)))
    unit = f" {metric.unit}" if metric.unit and middle != "never" else ""
    return f"{middle}{unit}" if least == most else f"{middle}{unit} ({least}-{most})"


def median(runs: Runs, metric: Metric) -> float | None:
    """None where nothing was measured."""
    if not runs or all(metric.key not in run and "error" not in run for run in runs):
        return None
    return spread(values(runs, metric.key))[0]


def ratio(ours: float | None, plain: float | None) -> str:
    """Ours divided by plain, where both are figures."""
    if ours is None or plain is None or math.isinf(ours) or math.isinf(plain) or not plain:
        return ""
    return f"{ours / plain:.2f}"


def judged(ours: float | None, metric: Metric, goal: float | None) -> str:
    """The goal and whether ours meets it."""
    if goal is None:
        return ""
    sign = "≥" if metric.more_is_better else "≤"
    words = f"{sign} {goal:g}{' ' + metric.unit if metric.unit else ''}"
    if ours is None:
        return words
    shown = ours if math.isinf(ours) else round(ours, metric.digits)
    met = (shown >= goal if metric.more_is_better else shown <= goal) and not math.isinf(ours)
    return f"{words}: {'met' if met else '**missed**'}"


def rows(scenario: Scenario, metrics: Sequence[Metric], kinds: Mapping[str, Runs]) -> list[str]:
    """The lines of one scenario."""
    ours, plain = kinds.get("ours", ()), kinds.get("plain", ())
    found: list[str] = []
    for metric in metrics:
        cells = cell(ours, metric), cell(plain, metric)
        if not any(cells):
            continue
        name = scenario.words if not found else ""
        middle = median(ours, metric)
        goal = judged(middle, metric, scenario.goals.get(metric.key))
        quotient = ratio(middle, median(plain, metric))
        found.append(f"| {name} | {metric.words} | {cells[0]} | {cells[1]} | {quotient} | {goal} |")
    return found


def table(group: Group, results: Results, made: str) -> str:
    """The group's table with its title; scenarios without runs are left out."""
    lines = [
        line for s in group.scenarios for line in rows(s, group.metrics, results.get(s.name, {}))
    ]
    if not lines:
        return ""
    foot = f"{_count(group, results)}, least and most in brackets. {made}"
    parts = [f"### {group.title}", group.note, "\n".join([HEAD, *lines]), *story(group, results)]
    parts.append(foot)
    return "\n\n".join(part for part in parts if part)


def _count(group: Group, results: Results) -> str:
    """How many runs stand behind a table: "Medians of 5 runs, of the plain page 1 to 2"."""
    counts: dict[str, str] = {}
    for kind in group.kinds:
        found = [len(results.get(s.name, {}).get(kind, ())) for s in group.scenarios]
        runs = sorted({count for count in found if count})
        if runs:
            counts[kind] = f"{runs[0]} to {runs[-1]}" if runs[1:] else f"{runs[0]}"
    ours, plain = counts.get("ours", "no"), counts.get("plain")
    return f"Medians of {ours} runs" + (
        f", of the plain page {plain}" if plain not in (None, ours) else ""
    )


def story(group: Group, results: Results) -> list[str]:
    """What the last run of each scenario and page tells in words, side by side, as a list."""
    if not group.story:
        return []
    lines = [
        f"- {scenario.words}, {kind}, {seat}: {words}"
        for scenario in group.scenarios
        for kind, runs in results.get(scenario.name, {}).items()
        for seat, words in next((r["story"] for r in reversed(runs) if "story" in r), {}).items()
    ]
    return [f"{group.story}:", "\n".join(lines)] if lines else []


def replaced(text: str, name: str, body: str) -> str | None:
    """The text with `body` between the markers of this name; None where it has none."""
    begin, end = f"<!-- netlab:{name} -->", f"<!-- /netlab:{name} -->"
    pattern = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        return None
    return pattern.sub(lambda _: f"{begin}\n\n{body}\n\n{end}", text)


def write(name: str, body: str, places: Sequence[Path] = PLACES) -> Path:
    """Put a table between its markers in the first document that has them, or into the last."""
    for place in places:
        changed = replaced(place.read_text("utf-8"), name, body) if place.exists() else None
        if changed is not None:
            place.write_text(changed, "utf-8")
            return place
    place = places[-1]
    text = place.read_text("utf-8") if place.exists() else ""
    block = f"<!-- netlab:{name} -->\n\n{body}\n\n<!-- /netlab:{name} -->\n"
    place.write_text(f"{text.rstrip()}\n\n{block}".lstrip(), "utf-8")
    return place
