"""How well zones are read, and whether a wrong one is ever believed.

    nice -n 19 python -m bench.mrz [--cards 60] [--sequences 1000] [--specimens DIR] [--write]

Documents: fictional ones drawn by tests/capture/cards.py, other people and numbers each time of
the seed, and, with `--specimens`, published specimens whose zone is known (a folder with a
manifest.tsv). They are held into a cluttered 720p scene, a little turned and tilted, with an
unsteady hand, a soft lens and noise, and go through VP8 at 1.5 Mbit/s (libvpx, real time). One
frame of a sequence counts for the rows about a frame; a row is right only when every character of
the zone is. In the sequences at the end everything is mixed, also what cannot be read; a fifth
of the numbers has a ZS, which readers take for 25. `--write` puts the table into
docs/performance.md.
"""

import argparse
import csv
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from bench.first_frame import write
from tests.capture import cards, scenes
from vamt import mrz, mrz_votes
from vamt.capture import crop, fusion, sight
from vamt.capture.reader import Models, Reader, load
from vamt.identity import Document

FRAMES = 10


@dataclass(frozen=True)
class Sheet:
    """A flat picture of one side with a zone, and what the zone says."""

    document: str
    picture: np.ndarray
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Hold:
    """How a document is held: width in pixels, shake in pixels a frame, and the lamp."""

    width: float
    shake: float = 0.0
    glare: bool = False
    kbit: int = 1500
    size: tuple[int, int] = scenes.HD
    frames: int = FRAMES


@dataclass
class Count:
    """So many right of so many."""

    right: int = 0
    of: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, right: bool, what: str = "") -> None:
        """One more."""
        self.right += right
        self.of += 1
        if not right and what:
            self.wrong.append(what)

    def __str__(self) -> str:
        return f"{self.right} of {self.of} ({100 * self.right / max(1, self.of):.1f} %)"


def drawn(seed: int, document: str, zs: bool = False) -> Sheet:
    """Somebody's document; with `zs` a number that readers like to get wrong."""
    rng = random.Random(seed)
    who = cards.invent(rng, document)
    if zs:
        pattern = mrz.pattern_of(who.code, who.issuer)
        number = "ZS" + who.number[2:]
        if pattern is None or pattern.fullmatch(number.ljust(9, "<")):
            who = cards.invent(random.Random(seed), document, who.issuer, number)
    side = "front" if document == cards.PASSPORT else "back"
    return Sheet(document, cards.draw_card(who, side), who.lines)


def published(folder: Path) -> list[Sheet]:
    """The specimens that fill their picture, so that their width is the document's."""
    sheets = []
    with (folder / "manifest.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            shape = int(row["width"]) / int(row["height"])
            fits = {"TD1": 1.5 < shape < 1.68, "TD3": 1.3 < shape < 1.52}.get(row["type"], False)
            if fits and row["check"] == "checkdigits-ok":
                document = cards.ID_CARD if row["type"] == "TD1" else cards.PASSPORT
                picture = cv2.imread(str(folder / row["file"]))
                sheets.append(Sheet(document, picture, tuple(row["true_mrz"].split("|"))))
    return sheets


def held(sheet: Sheet, hold: Hold, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The frames as they arrive, each with the document's true corners."""
    rng = np.random.default_rng(seed)
    room = scenes.background(rng, hold.size)
    middle = np.array(hold.size) / 2
    centre = middle + rng.uniform(-0.06, 0.06, 2) * hold.size
    turn, tilt = rng.uniform(-8, 8), rng.uniform(-0.12, 0.12, 2)
    soft, way = rng.uniform(0.2, 0.6), rng.uniform(0, 360)
    frames, quads = [], []
    for step in range(hold.frames):
        speed = rng.uniform(0, hold.shake) if hold.shake else 0.0
        way += rng.uniform(-60, 60)
        moved = speed * np.array([np.cos(np.deg2rad(way)), np.sin(np.deg2rad(way))])
        centre = middle + 0.9 * (centre - middle + moved) + rng.normal(0, 0.4, 2)
        quad = scenes.corners(
            sheet.picture, hold.width, tuple(centre), turn + rng.normal(0, 0.1), tuple(tilt)
        )
        frame = scenes.place(sheet.picture, room, quad)
        if hold.glare:
            along = (step + 0.5) / hold.frames
            foot = quad[3] * (1 - along) + quad[2] * along
            head = quad[0] * (1 - along) + quad[1] * along
            at = 0.78 * foot + 0.22 * head
            radii = (0.13 * hold.width, 0.1 * hold.width)
            frame = scenes.glaring(frame, (float(at[0]), float(at[1])), 260, radii)
        frame = scenes.shaken(scenes.defocused(frame, soft), speed, way)
        frames.append(scenes.noisy(frame, 2.5, rng))
        quads.append(quad)
    yield from zip(scenes.vp8(frames, hold.kbit), quads, strict=True)


def read_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """The zone as the clerk would get it."""
    zone = mrz.parse(lines)
    return zone.lines if zone else ()


class Bench:
    """The runs, with one set of models and one clock of processor time."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.first: list[float] = []  # core-seconds of reads that look everywhere
        self.next: list[float] = []  # of those that know where the zone was

    def read(self, reader: Reader, frame: np.ndarray, document: str) -> mrz_votes.Lines:
        """One read, its processor time noted."""
        known = reader.zone is not None
        began = time.thread_time()
        lines = reader.read(frame, document)
        (self.next if known else self.first).append(time.thread_time() - began)
        return lines

    def frames(self, sheets: Sequence[Sheet], width: float) -> Count:
        """One sharp frame of each document."""
        count = Count()
        for seed, sheet in enumerate(sheets):
            frame, _ = list(held(sheet, Hold(width, frames=5), seed))[-1]
            lines = read_lines(self.read(Reader(self.models), frame, sheet.document))
            count.add(lines == sheet.lines, f"{sheet.lines} {lines}")
        return count

    def shaken(self, sheets: Sequence[Sheet]) -> tuple[Count, Count]:
        """Ten frames of an unsteady hand: the zone twice the same; and single frames."""
        whole, single = Count(), Count()
        for seed, sheet in enumerate(sheets):
            reader, seen = Reader(self.models), Counter[tuple[str, ...]]()
            for frame, _ in held(sheet, Hold(640, shake=11), seed):
                lines = self.read(reader, frame, sheet.document)
                zone = mrz.parse(lines)
                single.add(zone is not None and zone.lines == sheet.lines)
                if zone and not set(zone.problems) - {"pattern"}:
                    seen[zone.lines] += 1
            best = seen.most_common(1)
            whole.add(bool(best) and best[0][1] > 1 and best[0][0] == sheet.lines)
        return whole, single

    def glared(self, sheets: Sequence[Sheet]) -> tuple[Count, Count]:
        """A reflection wanders over the zone: fused from ten frames, and the middle one alone."""
        fused, single = Count(), Count()
        for seed, sheet in enumerate(sheets):
            document = Document(sheet.document)
            rng = np.random.default_rng(seed)
            flat, last = [], None
            for frame, quad in held(sheet, Hold(640, glare=True), seed):
                start = last if last is not None else quad + rng.uniform(-9, 9, (4, 2))
                view = sight.look(frame, document, start.astype(np.float32))
                last = view.quad if view.quad is not None else last
                if last is not None:
                    flat.append(crop.rectify(frame, last, document))
            if not flat:
                fused.add(False)
                continue
            alone = self.read(Reader(self.models), flat[len(flat) // 2], sheet.document)
            single.add(read_lines(alone) == sheet.lines)
            lines = self.read(Reader(self.models), fusion.fuse(flat), sheet.document)
            fused.add(read_lines(lines) == sheet.lines, f"{sheet.lines} {read_lines(lines)}")
        return fused, single

    def sequences(self, number: int, first: int) -> tuple[Counter[str], list[str]]:
        """What becomes of so many mixed sequences: accepted right or wrong, or the clerk's."""
        ends: Counter[str] = Counter()
        wrong = []
        for seed in range(first, first + number):
            rng = random.Random(seed)
            document = rng.choice([cards.ID_CARD, cards.ID_CARD, cards.PERMIT, cards.PASSPORT])
            zs = rng.random() < 0.2
            sheet = drawn(seed, document, zs)
            least = 340 if document == cards.PASSPORT else 250
            hold = Hold(
                rng.uniform(least, 560),
                shake=rng.choice([0, 0, 3, 11]),
                glare=rng.random() < 0.15,
                kbit=rng.choice([200, 600, 800]),
                size=(800, 450),
            )
            votes, reader = mrz_votes.Votes(), Reader(self.models)
            reading = None
            for frame, _ in list(held(sheet, hold, seed))[4:]:
                reading = votes.add(self.read(reader, frame, document))
                if reading or votes.doubtful in ("pattern", "look_alike"):
                    break
            if reading is None:
                ends[f"clerk: {votes.doubtful or 'unread'}"] += 1
            elif reading.zone.lines == sheet.lines:
                ends["right"] += 1
            else:
                ends["WRONG"] += 1
                wrong.append(f"{seed} {sheet.lines} {reading.zone.lines}")
            ends["all"] += 1
            ends["with ZS"] += zs
            if ends["all"] % 50 == 0:
                print(f"  {dict(ends)}", flush=True)
        return ends, wrong


def _row(what: str, goal: str, count: Count) -> str:
    for text in count.wrong[:10]:
        print(f"    {what}: {text}")
    line = f"| {what} | {goal} | {count} |"
    print(line, flush=True)
    return line


def run(wish: argparse.Namespace) -> str:
    """All rows as a Markdown table."""
    cv2.setNumThreads(1)
    bench = Bench(load())
    number = wish.cards
    small = [
        drawn(seed, (cards.ID_CARD, cards.PERMIT)[seed % 3 == 0])
        for seed in range(5000, 5000 + number)
    ]
    large = [drawn(seed, cards.PASSPORT) for seed in range(7000, 7000 + number)]
    rows = ["| what | goal | measured |", "|---|---|---|"]
    if number:
        rows.append(_row("card (TD1), 480 px wide, one frame", "97 %", bench.frames(small, 480)))
        rows.append(_row("card (TD1), 320 px wide, one frame", "95 %", bench.frames(small, 320)))
        rows.append(_row("passport (TD3), 400 px, one frame", "90 %", bench.frames(large, 400)))
        mixed = [*small[: number // 3], *large[: number // 6]]
        whole, single = bench.shaken(mixed)
        rows.append(_row("hand moving up to 11 px a frame, ten frames", "95 %", whole))
        rows.append(_row("… one of these frames alone", "–", single))
        fused, alone = bench.glared(mixed)
        rows.append(_row("glare wandering over the zone, ten frames fused", "90 %", fused))
        rows.append(_row("… one of these frames alone", "–", alone))
    if wish.specimens:
        sheets = published(wish.specimens)
        for kind, width in ((cards.ID_CARD, 480), (cards.ID_CARD, 320), (cards.PASSPORT, 400)):
            chosen = [sheet for sheet in sheets if sheet.document == kind]
            count = bench.frames(chosen, width)
            rows.append(_row(f"published specimens ({kind}), {width} px, one frame", "–", count))
    if wish.sequences:
        ends, wrong = bench.sequences(wish.sequences, wish.first)
        print(*wrong, sep="\n")
        clerk = ", ".join(f"{k[7:]} {n}" for k, n in ends.most_common() if k.startswith("clerk"))
        rows.append(f"| wrong zones believed in {ends['all']} sequences, {ends['with ZS']} with ZS "
                    f"| 0 | {ends['WRONG']} |")  # fmt: skip
        rows.append(f"| … right zones believed | – | {ends['right']} |")
        rows.append(f"| … left to the clerk | – | {clerk} |")
    for what, spent in (("the zone's place unknown", bench.first), ("known", bench.next)):
        if spent:
            median = float(np.median(spent))
            rows.append(f"| core-seconds a read, {what} | 0.5 | {median:.2f} |")
    load_now = os.getloadavg()[0]
    rows += ["", f"{os.cpu_count()} cores, load {load_now:.1f}, one thread; drawn documents."]
    return "\n".join(rows)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", type=int, default=100)
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--first", type=int, default=20000, help="seed of the first sequence")
    parser.add_argument("--specimens", type=Path)
    parser.add_argument("--write", action="store_true")
    wish = parser.parse_args()
    text = run(wish)
    print(text)
    if wish.write:
        write(text, "mrz")


if __name__ == "__main__":
    main()
