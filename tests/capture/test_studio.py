"""What one capture does with what it sees, step by step, without any network."""

from tests.capture.senses import (
    CLOSER,
    GOOD_BACK,
    GOOD_FRONT,
    NO_CARD,
    frame,
    jpeg,
    senses,
    studio_for,
)
from vamt.capture.studio import READ_PATIENCE, STILL_PATIENCE, Studio, WantRead, WantStill
from vamt.capture.wire import Advised, Rested, Taken, ZoneRead


def words(steps: list) -> list[str]:
    return [step.advice for step in steps if isinstance(step, Advised)]


def other(steps: list) -> list:
    return [step for step in steps if not isinstance(step, Advised)]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 0.125
        return self.now


def rest(studio: Studio, shade: int, clock: Clock) -> list:
    """Hold a card still until a still is wanted; what was asked for with it."""
    for _ in range(20):
        steps = other(studio.see(frame(shade), clock()))
        if WantStill() in steps:
            return steps
    raise AssertionError("it never rested")


def test_advice_says_where_the_card_is_and_since_when() -> None:
    studio, clock = studio_for(), Clock()
    assert studio.see(frame(NO_CARD), clock()) == [Advised("front", "no_card", None, 0.0)]
    (advised,) = studio.see(frame(CLOSER), clock())
    assert advised == Advised(
        "front", "closer", ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)), 0.1
    )


def test_a_card_that_moves_is_not_taken() -> None:
    studio, clock = studio_for(), Clock()
    for shade in [GOOD_FRONT, GOOD_FRONT, CLOSER] * 5:
        assert not other(studio.see(frame(shade), clock()))


def test_both_sides_are_taken_and_the_back_is_read() -> None:
    studio, clock = studio_for(), Clock()
    assert rest(studio, GOOD_FRONT, clock) == [WantStill()]  # there is nothing to read on it
    assert studio.still(jpeg(GOOD_FRONT), clock()) == [Taken("front", "guidance")]
    assert words(studio.see(frame(GOOD_FRONT), clock())) == ["other_side"]
    still, first = rest(studio, GOOD_BACK, clock)
    assert still == WantStill() and isinstance(first, WantRead)
    taken, second = studio.still(jpeg(GOOD_BACK), clock())
    assert taken == Taken("back", "guidance") and isinstance(second, WantRead)
    assert words(studio.see(frame(GOOD_BACK), clock())) == ["reading"]
    assert studio.heard(["ONE", "TWO", "THREE"], clock()) == []
    assert studio.heard(["ONE", "TWO", "THREE"], clock()) == [
        ZoneRead(["ONE", "TWO", "THREE"]),
        Rested("done"),
    ]
    assert studio.see(frame(GOOD_BACK), clock()) == [] and not studio.shots
    assert studio.show("front").startswith(b"\xff\xd8") and studio.show("back")
    assert studio.copy("back", frozenset(), ["KOPIE"]) == b"\xff\xd8\xffcopy of back"


def test_a_still_that_does_not_come_is_not_missed() -> None:
    studio, clock = studio_for(), Clock()
    rest(studio, GOOD_FRONT, clock)
    due = clock.now + STILL_PATIENCE
    while clock.now + 0.125 < due:
        assert not other(studio.see(frame(GOOD_FRONT), clock()))
    assert other(studio.see(frame(GOOD_FRONT), clock())) == [Taken("front", "guidance")]
    assert studio.still(jpeg(GOOD_FRONT), clock()) == []  # too late


def test_a_still_without_the_card_or_none_at_all_falls_back_to_the_frames() -> None:
    for still in (jpeg(NO_CARD), b"", b"\xff\xd8\xffrubbish", b"GIF89a"):
        studio, clock = studio_for(), Clock()
        rest(studio, GOOD_FRONT, clock)
        assert studio.still(still, clock()) == [Taken("front", "guidance")]
        assert studio.show("front")


def test_the_clerk_takes_what_there_is() -> None:
    studio, clock = studio_for(), Clock()
    studio.see(frame(NO_CARD), clock())
    assert studio.take(clock()) == [Taken("front", "clerk")]
    assert studio.wanted == "back"
    assert studio.take(clock()) == []  # nothing of it has been seen yet ...
    steps = other(studio.see(frame(NO_CARD), clock()))
    assert steps[0] == Taken("back", "clerk")  # ... and now there is


def test_the_clerk_wants_a_side_again() -> None:
    studio, clock = studio_for(), Clock()
    studio.see(frame(GOOD_FRONT), clock())
    studio.take(clock())
    studio.turn("front")
    assert studio.wanted == "front" and studio.show("front") is None


def test_readings_that_never_agree_go_to_the_clerk() -> None:
    studio, clock = studio_for(), Clock()
    studio.turn("back")
    rest(studio, GOOD_BACK, clock)
    studio.still(b"", clock())
    begun, count, steps = clock.now, 0, []
    while not any(isinstance(step, ZoneRead) for step in steps):
        assert clock.now < begun + READ_PATIENCE + 1
        studio.heard([str(count)], clock())
        count += 1
        steps = other(studio.see(frame(GOOD_BACK), clock()))
    assert steps == [ZoneRead([str(count - 1)], "once")]
    assert studio.wanted == "front"


def test_a_doubt_that_no_picture_can_take_away_goes_to_the_clerk_at_once() -> None:
    studio, clock = studio_for(), Clock()
    assert studio.zone is not None
    studio.zone.votes.add = lambda lines: None  # type: ignore[method-assign]
    studio.zone.votes.doubtful = "look_alike"  # type: ignore[misc]
    assert studio.heard(["ZS", "25"], clock()) == [ZoneRead(["ZS", "25"], "look_alike")]


def test_where_nothing_is_to_be_read_taking_is_all() -> None:
    studio = Studio(senses(), ("front",))
    clock = Clock()
    rest(studio, GOOD_FRONT, clock)
    assert studio.still(b"", clock()) == [Taken("front", "guidance"), Rested("done")]
