"""Tables out of runs."""

from pathlib import Path

import pytest

from bench.netlab import report
from bench.netlab.probes import NEVER
from bench.netlab.scenarios import Group, Metric, Scenario

SECONDS = Metric("silence", "silence", "s")
QUALITY = Metric("stoi", "intelligibility", "", 3, more_is_better=True)
SWITCH = Scenario("switch", "WLAN gone", goals={"silence": 2.4})
GROUP = Group("switch", "Network switch", (SECONDS,), (SWITCH, Scenario("other", "not run")))
RUNS: report.Results = {
    "switch": {
        "ours": [{"silence": 2.4}, {"silence": 2.2}, {"silence": 2.6}],
        "plain": [{"silence": None}, {"error": "no page"}, {"silence": 16.0}],
    }
}


def test_a_table() -> None:
    text = report.table(GROUP, RUNS, "Today.")
    assert text == (
        "### Network switch\n\n"
        f"{report.HEAD}\n"
        "| WLAN gone | silence | 2.4 s (2.2-2.6) | never (16.0-never) |  | ≤ 2.4 s: met |\n\n"
        "Medians of 3 runs, least and most in brackets. Today."
    )


def test_the_foot_counts_the_runs_of_both_pages() -> None:
    runs = [{"silence": 1}] * 5
    both: report.Results = {"switch": {"ours": runs, "plain": runs[:1]}, "other": {"plain": runs}}
    assert "Medians of 5 runs, of the plain page 1 to 5, " in report.table(GROUP, both, "")
    assert "Medians of 5 runs, least" in report.table(GROUP, {"switch": {"ours": runs}}, "")


def test_a_story_is_of_the_last_run_that_tells_one() -> None:
    group = Group("switch", "Sizes", (SECONDS,), (SWITCH,), story="Over time")
    runs = [{"silence": 1, "story": {"clerk": "old"}}, {"silence": 1, "story": {"clerk": "640"}}]
    text = report.table(group, {"switch": {"ours": [*runs, {"error": "no page"}]}}, "Today.")
    assert "\n\nOver time:\n\n- WLAN gone, ours, clerk: 640\n\nMedians" in text
    assert "Over time" not in report.table(group, RUNS, "Today.")


def test_nothing_measured_is_no_table() -> None:
    assert report.table(GROUP, {}, "Today.") == ""


def test_one_run_has_no_spread() -> None:
    assert report.cell([{"silence": 2.44}], SECONDS) == "2.4 s"
    assert report.cell([], SECONDS) == ""
    assert report.cell([{"other": 1}], SECONDS) == ""


def test_a_failed_run_is_never() -> None:
    assert report.cell([{"error": "timeout"}], SECONDS) == "never"


@pytest.mark.parametrize(
    ("ours", "metric", "goal", "words"),
    [
        (2.44, SECONDS, 2.4, "≤ 2.4 s: met"),  # as shown: 2.4
        (2.5, SECONDS, 2.4, "≤ 2.4 s: **missed**"),
        (NEVER, SECONDS, 2.4, "≤ 2.4 s: **missed**"),
        (0.98, QUALITY, 0.98, "≥ 0.98: met"),
        (0.97, QUALITY, 0.98, "≥ 0.98: **missed**"),
        (None, SECONDS, 2.4, "≤ 2.4 s"),
        (2.0, SECONDS, None, ""),
    ],
)
def test_judged(ours: float | None, metric: Metric, goal: float | None, words: str) -> None:
    assert report.judged(ours, metric, goal) == words


def test_ratio() -> None:
    assert report.ratio(2, 8) == "0.25"
    assert report.ratio(2, NEVER) == ""
    assert report.ratio(None, 8) == ""
    assert report.ratio(2, 0) == ""


MARKED = "Before.\n\n<!-- netlab:switch -->\nold\n<!-- /netlab:switch -->\n\nAfter.\n"


def test_written_between_its_markers(tmp_path: Path) -> None:
    first, last = tmp_path / "performance.md", tmp_path / "netlab.md"
    first.write_text(MARKED)
    assert report.write("switch", r"new \1", (first, last)) == first
    assert first.read_text() == MARKED.replace("\nold\n", "\n\nnew \\1\n\n")
    assert not last.exists()


def test_markers_are_made_where_there_are_none(tmp_path: Path) -> None:
    first, last = tmp_path / "performance.md", tmp_path / "netlab.md"
    first.write_text("Nothing.\n")
    last.write_text("# Lab\n")
    assert report.write("loss", "a table", (first, last)) == last
    assert report.write("loss", "another table", (first, last)) == last
    text = last.read_text()
    assert text == "# Lab\n\n<!-- netlab:loss -->\n\nanother table\n\n<!-- /netlab:loss -->\n"
    assert first.read_text() == "Nothing.\n"
