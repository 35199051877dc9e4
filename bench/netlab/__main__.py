"""Measure calls over bad networks, ours beside a plain page.

    python -m bench.netlab --quick              one of each sort (half an hour)
    python -m bench.netlab                      everything (hours)
    python -m bench.netlab switch first-lan     scenarios by the beginning of their names
    python -m bench.netlab --list               what there is
    python -m bench.netlab --selftest           is the lab itself right?
    python -m bench.netlab --clean              remove what a killed lab has left

Needs root and some programs; says which. docs/netlab.md tells the rest.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from playwright.async_api import Playwright, async_playwright

from bench.netlab import hosts, measure, media, report, selftest
from bench.netlab.chromium import chromium
from bench.netlab.firefox import firefox
from bench.netlab.hosts import LabError
from bench.netlab.measure import Rig
from bench.netlab.needs import missing
from bench.netlab.people import Bare, Driver, Kind, Ours
from bench.netlab.scenarios import GROUPS, Group, Scenario, chosen, quick
from bench.netlab.servers import ROOT, Office, running

T = TypeVar("T")

CANNOT_RUN = 2
SECONDS, QUICK_SECONDS = 27.0, 15.0
QUICK_PLAIN_RUNS = 1


def arguments() -> argparse.Namespace:
    """What the lab is asked to do."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.netlab",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("scenario", nargs="*", help="beginning of a scenario's name; all without any")
    add("--quick", action="store_true", help="one of each sort, 1 run of the plain page, 15 s")
    add("--runs", type=int, default=5, help="runs of each scenario (5); 0: the tables of --json")
    add("--plain-runs", type=int, metavar="N", help="runs of the plain page (as --runs)")
    add("--seconds", type=float, metavar="S", help="length of a window of loss (27)")
    add("--json", type=Path, metavar="FILE", help="keep all runs here, adding to what is there")
    add("--write", action="store_true", help="put the tables into docs/")
    add("--only", choices=("ours", "plain"), help="leave the other page out")
    add("--product", type=Path, default=ROOT, help="folder of the checkout to measure")
    add("--no-speech", action="store_true", help="without STOI, hence without numpy and pystoi")
    add("--wait", type=float, default=1800, help="seconds to wait for another lab (1800)")
    add("--list", action="store_true", help="show the scenarios")
    add("--selftest", action="store_true", help="measure the lab itself")
    add("--clean", action="store_true", help="remove namespaces and processes left behind")
    wish = parser.parse_args()
    if wish.plain_runs is None:
        wish.plain_runs = min(wish.runs, QUICK_PLAIN_RUNS) if wish.quick else wish.runs
    if wish.seconds is None:
        wish.seconds = QUICK_SECONDS if wish.quick else SECONDS
    return wish


async def measured(
    wish: argparse.Namespace, found: Sequence[tuple[Group, list[Scenario]]], folder: Path
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """All runs, in turn ours and plain, so that a busy minute hits both."""
    results = _kept(wish.json)
    with (
        running(folder) as (lines, plain),
        contextlib.closing(Office(folder, wish.product)) as office,
    ):
        rig = Rig(lines, wish.seconds, judge_speech=not wish.no_speech)
        pages: list[Kind] = [Ours(office), Bare(plain)]
        kinds = [kind for kind in pages if wish.only in (None, kind.name)]
        async with async_playwright() as playwright:
            for group, scenarios in found:
                asked = [kind for kind in kinds if kind.name in group.kinds]
                for fox, alike in itertools.groupby(scenarios, lambda s: s.firefox):
                    if fox:
                        office.renew(hosts.TURN_NAME)
                    async with drivers(playwright, folder, group, fox) as pair:
                        for scenario in alike:
                            new = await _runs(rig, group, scenario, asked, wish, *pair)
                            results[scenario.name] = results.get(scenario.name, {}) | new
                            _keep(wish.json, results)
                    if fox:
                        office.renew(hosts.TURN)
    return results


@contextlib.asynccontextmanager
async def drivers(
    playwright: Playwright, folder: Path, group: Group, fox: str
) -> AsyncIterator[tuple[Driver, Driver]]:
    """One pair of browsers for many runs; every run has pages and cookies of its own."""
    async with contextlib.AsyncExitStack() as stack:

        async def driver(seat: str) -> Driver:
            if seat == fox:
                return await stack.enter_async_context(firefox(seat, folder))
            made = chromium(playwright, seat, folder, group.camera)
            return await stack.enter_async_context(made)

        yield await driver("citizen"), await driver("clerk")


async def _runs(
    rig: Rig,
    group: Group,
    scenario: Scenario,
    kinds: Sequence[Kind],
    wish: argparse.Namespace,
    *pair: Driver,
) -> dict[str, list[dict[str, Any]]]:
    new: dict[str, list[dict[str, Any]]] = {kind.name: [] for kind in kinds}
    for number in range(wish.runs):
        for kind in kinds if number % 2 == 0 else reversed(kinds):
            if kind.name == "plain" and number >= wish.plain_runs:
                continue
            begun = time.monotonic()
            figures = await _run(rig, group, scenario, kind, *pair)
            new[kind.name].append(figures)
            _tell(group, scenario, kind.name, number, figures, time.monotonic() - begun)
    return new


async def _run(rig: Rig, group: Group, scenario: Scenario, kind: Kind, *pair: Driver) -> Any:
    try:
        return await measure.run(rig, group, scenario, kind, *pair)
    except LabError:
        raise
    except Exception as error:  # a page that did not get there is a figure too
        return {"error": f"{type(error).__name__}: {str(error)[:500]}"}


def _tell(
    group: Group, scenario: Scenario, kind: str, number: int, figures: Any, took: float
) -> None:
    words = figures.get("error") or ", ".join(
        f"{metric.key} {report.figure(figures[metric.key], metric)}"
        for metric in group.metrics
        if metric.key in figures
    )
    stamp = time.strftime("%H:%M:%S")
    print(f"{stamp} {scenario.name:22} {number + 1} {kind:5} {words} [{took:.0f} s]", flush=True)


def _kept(file: Path | None) -> dict[str, Any]:
    if file is None or not file.exists():
        return {}
    kept: dict[str, Any] = json.loads(file.read_text())["results"]
    return kept


def _keep(file: Path | None, results: dict[str, Any]) -> None:
    if file is None:
        return

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    file.write_text(json.dumps({"made": made(), "results": plain(results)}, indent=1) + "\n")


def made() -> str:
    """Where and when, for the foot of a table."""
    load = os.getloadavg()[0]
    day = time.strftime("%Y-%m-%d")
    return (
        f"{day}, Linux {platform.release().split('-')[0]}, {os.cpu_count()} cores, load {load:.0f}."
    )


def _in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; SIGTERM and SIGHUP end it as Ctrl-C does, with everything put away."""
    signals = (signal.SIGTERM, signal.SIGHUP)

    async def until_told() -> T:
        task = asyncio.ensure_future(work)
        for number in signals:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await task

    try:
        return asyncio.run(until_told())
    finally:  # impatience must not leave half of the lab behind
        for number in signals:
            signal.signal(number, signal.SIG_IGN)


def _stop(number: int, _: object) -> None:
    """Before and after the loop a signal unwinds the stack, so that everything is put away."""
    raise KeyboardInterrupt


def main() -> int:
    """Returns the exit code: 2 where the lab cannot run."""
    wish = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    if wish.list:
        for group in GROUPS:
            print(f"{group.name}: {group.title}")
            print("".join(f"    {s.name:22} {s.words}\n" for s in group.scenarios), end="")
        return 0
    try:
        found = quick() if wish.quick else chosen(wish.scenario)
    except ValueError as error:
        print(f"There is no scenario {error}; --list shows them.", file=sys.stderr)
        return CANNOT_RUN
    if not wish.runs:
        return tables(wish, found, _kept(wish.json))
    measures = not (wish.clean or wish.selftest)
    lacks = missing(
        speech=measures and not wish.no_speech and any(g.name == "loss" for g, _ in found),
        firefox=measures and any(s.firefox for _, scenarios in found for s in scenarios),
    )
    if lacks:
        print("The network lab cannot run here. It lacks:", file=sys.stderr)
        print("".join(f"  - {line}\n" for line in lacks), end="", file=sys.stderr)
        return CANNOT_RUN
    try:
        if wish.clean:
            with hosts.lock():
                gone = hosts.clean()
            print(f"Removed {len(gone)} namespaces." if gone else "There was nothing to remove.")
            return 0
        return laboratory(wish, found)
    except LabError as error:
        print(f"The network lab stopped: {error}", file=sys.stderr)
        return CANNOT_RUN
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def laboratory(wish: argparse.Namespace, found: list[tuple[Group, list[Scenario]]]) -> int:
    """Build, measure, put away, print."""
    for camera in {group.camera for group, _ in found}:
        media.picture(camera)
    for seat in media.WORDS:
        media.speech(seat)
    with (
        hosts.undisturbed(),
        hosts.hosts(wish.wait),
        tempfile.TemporaryDirectory(prefix="vl-") as name,
    ):
        if wish.selftest:
            return _in_loop(selftest.run(Path(name), wish.runs))
        results = _in_loop(measured(wish, found, Path(name)))
    return tables(wish, found, results)


def tables(
    wish: argparse.Namespace, found: list[tuple[Group, list[Scenario]]], results: Any
) -> int:
    """Print the tables, and write them where that is wished."""
    for group, _ in found:
        text = report.table(group, results, made())
        print(f"\n{text}")
        if wish.write and text:
            print(f"\nwritten to {report.write(group.name, text)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
