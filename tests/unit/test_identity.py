"""The rules of the identity check: what is drawn, what "genuine" needs, the one-time code."""

import itertools
import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vamt import identity, states
from vamt.booking import LEVELS
from vamt.capture import masks
from vamt.errors import Conflict, Invalid
from vamt.identity import Check, Code, Document, Result

NOW = 1_000_000.0
REQUEST = "a-request-of-the-page"
CHECK = Check(
    id="c",
    visit="v",
    clerk="k",
    document=Document.ID_CARD,
    level="checked_code",
    state=states.Check.ALLOWED,
    items=("valid", "photo", "code"),
)


@given(document=some.sampled_from(Document), seed=some.integers(0, 10**6))
def test_three_features_of_three_classes_are_drawn(document: Document, seed: int) -> None:
    drawn = identity.checklist(document, "checked", Random(seed))
    features = [item.removeprefix("feature:") for item in drawn if item.startswith("feature:")]
    classes = {
        one for one, known in identity.FEATURES[document].items() if set(known) & set(features)
    }
    assert len(features) == len(set(features)) == len(classes) == 3
    assert len([item for item in drawn if item.startswith("challenge:")]) == 1
    assert len({item for item in drawn if item.startswith("question:")}) == 2
    assert {"valid", "tilt", "data", "photo"} < set(drawn) and "code" not in drawn
    assert len(drawn) == len(set(drawn)) == 10


@pytest.mark.parametrize("document", Document)
def test_nobody_can_prepare_for_what_is_drawn(document: Document) -> None:
    """Every feature and question comes up, and every set of classes."""
    draws = [identity.checklist(document, "checked", Random(seed)) for seed in range(300)]
    seen = set(itertools.chain.from_iterable(draws))
    known = {f for features in identity.FEATURES[document].values() for f in features}
    assert {f"feature:{one}" for one in known} <= seen
    assert {f"challenge:{one}" for one in identity.CHALLENGES} <= seen
    assert len({item for item in seen if item.startswith("question:")}) >= 6
    assert len(set(draws)) > 200


def test_a_look_asks_for_three_things_and_the_highest_level_for_a_code() -> None:
    assert identity.checklist(Document.PASSPORT, "look", Random(1)) == ("valid", "data", "photo")
    assert identity.checklist(Document.PASSPORT, "checked_code", Random(1))[-1] == "code"
    assert LEVELS == ("none", "look", "checked", "checked_code")


def test_every_item_that_can_be_drawn_has_words() -> None:
    for document in Document:
        for seed in range(100):
            items = identity.checklist(document, "checked_code", Random(seed))
            assert len(identity.words_of(items)) == len(items)
    assert set(identity.SIDES) == set(identity.FEATURES) == set(Document)


def test_ticks_come_and_go_and_the_code_ticks_itself() -> None:
    ticked = CHECK.tick("valid", True).tick("valid", True).tick("photo", True)
    assert set(ticked.done) == {"valid", "photo"} and not ticked.complete
    assert ticked.tick("photo", False).done == ("valid",)
    for wrong in ("code", "no such item"):
        with pytest.raises(Invalid):
            CHECK.tick(wrong, True)
    assert replace(ticked, done=("code", "photo", "valid")).complete


def test_genuine_needs_everything_and_the_others_a_reason() -> None:
    with pytest.raises(identity.Unfinished):
        identity.judge(CHECK, Result.GENUINE, "I am sure")
    whole = replace(CHECK, done=CHECK.items)
    assert identity.judge(whole, Result.GENUINE, "") == ""
    for result in (Result.DOUBTFUL, Result.REJECTED):
        assert identity.judge(CHECK, result, "  not\n the  person ") == "not the person"
        for reason in ("", " \n", "x" * 301, "half a character \ud800"):
            with pytest.raises(Invalid) as refused:
                identity.judge(whole, result, reason)
            assert refused.value.extra["field"] == "reason"


def test_what_a_copy_may_show_is_what_the_masks_know() -> None:
    assert set(identity.FIELDS) == set(masks.Field) - masks.NEVER


def test_nowhere_is_it_said_that_somebody_is_identified_by_law() -> None:
    """A look through a camera is not that (docs/data-protection.md); in no text, no translation."""
    said = re.compile("rechts" + r"sicher\s+identifiziert", re.IGNORECASE)
    root = Path(__file__).parents[2]
    kinds = ("*.py", "*.js", "*.html", "*.txt", "*.toml", "*.po", "*.md")
    places = [root / name for name in ("vamt", "docs", "tests", "scripts")]
    files = {f for place in places for kind in kinds for f in place.rglob(kind)}
    files |= {f for kind in kinds for f in root.glob(kind)}
    assert len(files) > 200
    assert not [file for file in files if said.search(file.read_text("utf-8"))]


# --- the code


def test_a_code_is_six_digits_stored_without_them() -> None:
    code, digits = identity.new_code("c", REQUEST, Code(""), NOW, Random(7))
    assert len(digits) == 6 and digits.isdecimal() and digits not in code.salted
    assert (code.until, code.tries, code.made) == (NOW + 600, 0, 1)
    again, other = identity.new_code("c", REQUEST + "2", code, NOW, Random(8))
    assert again.salted != code.salted and other != digits and again.made == 2


@pytest.mark.parametrize("said", ["{}", " {} ", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}"])
def test_it_is_right_however_it_is_grouped_and_good_once(said: str) -> None:
    code, digits = identity.new_code("c", REQUEST, Code(""), NOW, Random(7))
    after, right = identity.try_code("c", code, said.format(digits), NOW + 599)
    assert right and not after.holds(NOW) and after.made == 1


def test_it_ends_after_ten_minutes_and_after_five_tries() -> None:
    code, digits = identity.new_code("c", REQUEST, Code(""), NOW, Random(7))
    with pytest.raises(Conflict) as refused:
        identity.try_code("c", code, digits, NOW + 600)
    assert refused.value.key == "code_ended"
    for left in (4, 3, 2, 1, 0):
        code, right = identity.try_code("c", code, "000000", NOW)
        assert not right and code.tries_left == left
    with pytest.raises(Conflict):
        identity.try_code("c", code, digits, NOW)


def test_it_is_good_for_its_own_check_only_and_there_are_five_of_them() -> None:
    code, digits = identity.new_code("c", REQUEST, Code(""), NOW, Random(7))
    assert not identity.try_code("another", code, digits, NOW)[1]
    for _ in range(4):
        code, _ = identity.new_code("c", REQUEST + "2", code, NOW, Random(7))
    with pytest.raises(Conflict) as refused:
        identity.new_code("c", REQUEST + "2", code, NOW, Random(7))
    assert refused.value.key == "too_many_codes"


@given(said=some.text(max_size=20))
def test_nothing_but_the_digits_opens_it(said: str) -> None:
    code, digits = identity.new_code("c", REQUEST, Code(""), NOW, Random(7))
    _, right = identity.try_code("c", code, said, NOW)
    assert right == ("".join(c for c in said if c in "0123456789") == digits)
