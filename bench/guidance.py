"""Whether the guidance names what is wrong, how exact the crop is, and what a frame costs.

    python -m bench.guidance [--scenes 200] [--specimens FOLDER] [--write]

Drawn scenes of eleven kinds (tests/capture/situations.py), each some frames a sixth of a second
apart, landscape and portrait, ID cards and passports. The seeds are none of those that limits were
chosen with (those are below 10,000). Where specimens of real documents are at hand (by default in
../shared/data/specimens), they are held up in the same scenes as well. CPU is that
of one thread for one 720p frame. `--write` puts the table into docs/performance.md.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from bench.first_frame import write
from tests.capture import situations
from vamt.capture import guidance, sight
from vamt.identity import Document

SPECIMENS = Path(__file__).resolve().parents[2] / "shared" / "data" / "specimens"
SEED = 40_000
TAKEN = ("good", "glare", "back", "blurred", "moving", "dark")  # held in the outline
REAL = {  # specimens that show the whole document and nothing else: file, document, side
    "ausweiskopie/npa_2010.jpg": (Document.ID_CARD, "front"),
    "ausweiskopie/npa_2019.jpg": (Document.ID_CARD, "front"),
    "ausweiskopie/npa_2021.png": (Document.ID_CARD, "front"),
    "ausweiskopie/npa_back.png": (Document.ID_CARD, "back"),
    "ausweiskopie/ch_nidk_front.jpg": (Document.ID_CARD, "front"),
    "ausweiskopie/ch_nidk_back.jpg": (Document.ID_CARD, "back"),
    "PassportScanner/DE_identity.jpg": (Document.ID_CARD, "back"),
    "ausweiskopie/passport.png": (Document.PASSPORT, "front"),
    "image-js-mrz/id2.jpg": (Document.PASSPORT, "front"),
}


@dataclass
class Tally:
    """What has been measured of some scenes."""

    said: dict[str, Counter[str]] = field(default_factory=dict)
    overlaps: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)  # CPU seconds
    followed: list[float] = field(default_factory=list)
    nothing: list[float] = field(default_factory=list)

    def add(self, situation: situations.Situation) -> None:
        """Watch one scene as the capture does."""
        document, prior, views = Document(situation.document), None, []
        for shot in situation.shots:
            began = time.thread_time()
            view = sight.look(shot.frame, document, prior)
            spent = time.thread_time() - began
            if situation.kind == "nothing":
                self.nothing.append(spent)
            else:
                (self.first if prior is None else self.followed).append(spent)
            if situation.kind in TAKEN and shot.quad is not None:
                found = view.quad is not None
                self.overlaps.append(situations.overlap(view.quad, shot.quad) if found else 0.0)
            views.append(view)
            prior = view.quad
        word = guidance.advise(views, situation.wanted)
        kind = f"{situation.kind}, {situation.advice}"
        self.said.setdefault(kind, Counter())[str(word)] += 1

    @property
    def right(self) -> tuple[int, int]:
        """Scenes whose defect was named, and all."""
        named = sum(count[kind.split(", ")[1]] for kind, count in self.said.items())
        return named, sum(count.total() for count in self.said.values())


def scenes(count: int) -> Iterator[situations.Situation]:
    """As many scenes of all kinds in turn; every fourth holds a passport."""
    kinds = list(situations.KINDS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        # a passport has no other side to show
        passport = number // len(kinds) % 4 == 3 and kind != "back"
        document = Document.PASSPORT if passport else Document.ID_CARD
        yield _scene(
            kind,
            SEED + number,
            document,
            side="back" if number // len(kinds) % 2 and not passport else "front",
        )


def real(folder: Path, each: int) -> Iterator[situations.Situation]:
    """Real documents in the scenes whose truth does not depend on how the card was drawn."""
    for at, (name, (document, side)) in enumerate(REAL.items()):
        picture = cv2.imread(str(folder / name))
        kinds = [kind for kind in situations.KINDS if kind not in ("nothing", "back")]
        for number in range(each):
            kind = kinds[(at + number) % len(kinds)]
            yield _scene(kind, SEED + 1000 + 50 * at + number, document, side, picture)


def _scene(
    kind: str,
    seed: int,
    document: Document,
    side: str,
    picture: np.ndarray | None = None,
) -> situations.Situation:
    return situations.situation(
        kind,
        seed,
        lambda width, height: sight.outline(width, height, document),
        document=document,
        size=situations.PORTRAIT if seed % 3 == 0 else situations.LANDSCAPE,
        picture=picture,
        side=side,
    )


def table(drawn: Tally, real_ones: Tally | None) -> str:
    """Markdown: goal and measured, then each kind."""
    rows = ["| figure | measured | goal | |", "|---|---:|---:|---|"]
    for name, tally in (("drawn cards", drawn), ("real specimens", real_ones)):
        if tally is None:
            continue
        right, count = tally.right
        exact = float(np.mean(np.array(tally.overlaps) >= 0.95))
        median = float(np.median(tally.overlaps))
        rows += [
            _row(f"{name}: the defect is named", right / count, 0.95, f"{right} of {count} scenes"),
            _row(
                f"{name}: crop overlaps by 0.95 (IoU)",
                exact,
                0.95,
                f"median {median:.3f}, {len(tally.overlaps)} frames",
            ),
        ]
    for name, times in (
        ("a frame of a card that is followed", drawn.followed),
        ("a frame without a card", drawn.nothing),
        ("the first frame of a card", drawn.first),
    ):
        middle, most = np.percentile(np.array(times) * 1000, (50, 95))
        verdict = "met" if middle <= 60 else "**missed**"
        rows.append(
            f"| CPU of {name} | {middle:.0f} ms | ≤ 60 ms: {verdict} | 95 % ≤ {most:.0f} ms |"
        )
    rows += [
        "",
        "| scene | should be said | is said (drawn) | is said (real) |",
        "|---|---|---|---|",
    ]
    for kind, count in drawn.said.items():
        scene, word = kind.split(", ")
        other = _words(real_ones.said[kind]) if real_ones and kind in real_ones.said else ""
        rows.append(f"| {scene} | {word} | {_words(count)} | {other} |")
    load = os.getloadavg()[0]
    rows += ["", f"Seeds from {SEED}; {os.cpu_count()} cores at load {load:.0f}."]
    return "\n".join(rows)


def _row(name: str, share: float, goal: float, remark: str) -> str:
    verdict = "met" if share >= goal else "**missed**"
    return f"| {name} | {share:.1%} | ≥ {goal:.0%}: {verdict} | {remark} |"


def _words(count: Counter[str]) -> str:
    return ", ".join(f"{word} {number}" for word, number in count.most_common())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--specimens", type=Path, default=SPECIMENS)
    parser.add_argument("--write", action="store_true")
    wish = parser.parse_args()
    cv2.setNumThreads(1)
    drawn = Tally()
    for situation in scenes(wish.scenes):
        drawn.add(situation)
    real_ones = Tally() if wish.specimens.exists() else None
    if real_ones is not None:
        for situation in real(wish.specimens, 5):
            real_ones.add(situation)
    text = table(drawn, real_ones)
    print(text)
    if wish.write:
        write(text, "guidance")


if __name__ == "__main__":
    main()
