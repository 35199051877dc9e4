"""The rules of a simple electronic signature (vamt/signature.py)."""

import hashlib
import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vamt import signature
from vamt.errors import Invalid
from vamt.signature import Consent, Document, Ink, Point, Record, Seen

SVG = "{http://www.w3.org/2000/svg}"
LINE = [[n / 100, 0.3, n * 10, 0.5] for n in range(30)]
shares = some.floats(0, 1, allow_subnormal=False)
points = some.tuples(shares, shares, some.integers(0, signature.LONGEST), shares).map(list)
drawings = some.lists(
    some.lists(points, max_size=20).map(lambda drawn: sorted(drawn, key=lambda p: p[2])), max_size=8
)


def record(strokes=(), typed="", seen=Seen.ALL):
    document = Document("Erklärung", "Ich ziehe um.")
    consent = Consent("I sign.", signature.CONSENT_VERSION, "en")
    return Record(document, document.sha256, consent, 1000.0, tuple(strokes), typed, seen)


def test_the_hash_is_that_of_the_file_somebody_may_keep():
    document = Document("Erklärung", "Ich ziehe um.\nMorgen.")
    file = "Erklärung\n\nIch ziehe um.\nMorgen.".encode()
    assert document.sha256 == hashlib.sha256(file).hexdigest()
    short = signature.short(document.sha256)
    assert [len(group) for group in short.split(" ")] == [4, 4, 4, 4]
    assert document.sha256.startswith(short.replace(" ", ""))


def test_line_ends_do_not_change_the_document():
    one = signature.check_document(" A title ", "one\r\ntwo\rthree\n")
    assert one == Document("A title", "one\ntwo\nthree")


@pytest.mark.parametrize(
    ("title", "text", "field"),
    [
        ("", "text", "title"),
        ("two\nlines", "text", "title"),
        ("t" * 121, "text", "title"),
        ("title", " \n ", "text"),
        ("title", "x" * 10_001, "text"),
        ("title", "bell \a", "text"),
        ("title", "half \ud800", "text"),
        ("I owe \u202e001 €", "text", "title"),
        ("title", "isolated \u2067text\u2069", "text"),
    ],
)
def test_a_document_that_cannot_be_is_refused_by_its_field(title, text, field):
    with pytest.raises(Invalid) as refused:
        signature.check_document(title, text)
    assert refused.value.field == field


def test_every_script_may_be_signed():
    assert signature.check_document("إقرار", "أنا أنتقل\tغدًا — 搬家 👩‍👧").title == "إقرار"


def test_a_signature_is_kept_as_it_was_drawn():
    strokes = signature.check_strokes([LINE, [], [[0.5, 0.2, 900, 1.0]]])
    assert strokes[0][3] == Point(0.03, 0.3, 30, 0.5)
    assert strokes[1] == (Point(0.5, 0.2, 900, 1.0),)


@pytest.mark.parametrize(
    "drawn",
    [
        [],
        [[]],
        [[[0.5, 0.5, 0, 1]]],
        [[[0.5, 0.5, 0, 1], [0.52, 0.5, 9, 1]]],
        # many dots are no way of the pen
        [[[n / 50, 0.5, n, 1]] for n in range(50)],
    ],
)
def test_too_little_is_refused_with_words(drawn):
    with pytest.raises(Invalid) as refused:
        signature.check_strokes(drawn)
    assert refused.value.key == "too_short"


@pytest.mark.parametrize(
    "drawn",
    [
        [LINE] * 101,
        [LINE * 67],
        [[[n / 2000, 0.1, n, 0.5] for n in range(2001)]],
    ],
)
def test_too_much_is_refused_with_words(drawn):
    with pytest.raises(Invalid) as refused:
        signature.check_strokes(drawn)
    assert refused.value.key == "too_long"


@pytest.mark.parametrize(
    "point",
    [
        [1.01, 0, 400, 1],
        [0, -0.01, 400, 1],
        [0, 0, -1, 1],
        [0, 0, signature.LONGEST + 1, 1],
        [0, 0, 400, 1.5],
        [math.nan, 0, 400, 1],
        [0, math.inf, 400, 1],
        [0, 0, 10, 1],  # before the one before it
    ],
)
def test_a_point_that_no_pad_can_give_is_refused(point):
    with pytest.raises(Invalid):
        signature.check_strokes([[*LINE, point]])


def test_a_typed_name_is_a_name():
    assert signature.check_typed("  Mária   Kőszegi ") == "Mária Kőszegi"
    for typed in ("", " . ", "x" * 121, "Anna\u202eKeller"):
        with pytest.raises(Invalid):
            signature.check_typed(typed)


@given(drawings)
def test_a_drawing_is_either_refused_or_a_well_formed_picture_around_it(drawn):
    try:
        strokes = signature.check_strokes(drawn)
    except Invalid as refused:
        assert refused.key == "too_short"
        return
    text = signature.svg(record(strokes), "Signature")
    assert text == signature.svg(record(strokes), "Signature")
    picture = ElementTree.fromstring(text)
    left, top, width, height = map(int, picture.attrib["viewBox"].split())
    for stroke in strokes:
        for point in stroke:
            assert left < point.x * 1000 < left + width
            assert top < point.y * 1000 < top + height
    drawn_parts = [*picture.iter(f"{SVG}path"), *picture.iter(f"{SVG}circle")]
    assert len(drawn_parts) == len(strokes)


@given(some.text(some.characters(codec="utf-8"), max_size=130), some.text(max_size=20))
def test_a_typed_name_is_never_markup(typed, name):
    try:
        typed = signature.check_typed(typed)
    except Invalid:
        return
    name = name.encode("ascii", "ignore").decode().replace("\0", "")
    name = "".join(c for c in name if c.isprintable())
    picture = ElementTree.fromstring(signature.svg(record(typed=typed), name))
    assert {child.tag for child in picture.iter()} == {
        f"{SVG}svg",
        f"{SVG}title",
        f"{SVG}text",
    }
    shown = picture.findtext(f"{SVG}text")
    assert shown == typed.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def test_markup_in_a_name_is_shown_as_it_is_written():
    text = signature.svg(record(typed="<script>alert(1)</script>"), 'a"b<c>')
    assert "<script" not in text
    assert "<title>a&quot;b&lt;c&gt;</title>" in text


def lengths(ink):
    return [len(line) for line in ink.strokes]


def test_ink_grows_and_is_taken_back():
    ink = Ink()
    ink.add(0, 0, LINE[:5])
    ink.add(0, 5, LINE[5:])
    ink.add(1, 0, [[0.5, 0.5, 400, 1]])
    assert lengths(ink) == [30, 1]
    ink.add(0, 30, [])  # undo
    assert lengths(ink) == [30]
    ink.add(-1, 0, [])  # begin again
    ink.add(-1, 0, [])
    assert lengths(ink) == []


def test_what_is_told_again_leaves_the_later_strokes_alone():
    ink = Ink()
    for number in range(3):
        ink.add(number, 0, LINE[number : number + 3])
    ink.add(0, 0, LINE[:3])
    assert lengths(ink) == [3, 3, 3]
    ink.add(1, 3, LINE[9:10])  # something new
    assert lengths(ink) == [3, 4]


def test_what_comes_twice_or_after_a_gap_changes_nothing():
    ink = Ink()
    ink.add(0, 0, LINE[:10])
    ink.add(0, 0, LINE[:10])
    ink.add(0, 3, LINE[3:6])
    ink.add(0, 12, LINE[12:13])
    ink.add(2, 0, LINE[:3])
    assert lengths(ink) == [10]
    ink.add(0, 3, LINE[20:22])
    assert [point.t for point in ink.strokes[0]] == [0, 10, 20, 200, 210]


@pytest.mark.parametrize(("stroke", "first"), [(-2, 0), (100, 0), (0, -1)])
def test_ink_outside_of_any_signature_is_refused(stroke, first):
    with pytest.raises(Invalid):
        Ink().add(stroke, first, LINE)


def test_ink_without_end_is_refused():
    ink = Ink()
    long = [[n / 2000, 0.1, n, 0.5] for n in range(2000)]
    ink.add(0, 0, long)
    with pytest.raises(Invalid) as refused:
        ink.add(1, 0, [[0.1, 0.1, 3000, 1]])
    assert refused.value.key == "too_long"
    assert sum(len(line) for line in ink.strokes) == 2000


@given(drawings)
def test_ink_that_came_piece_by_piece_is_what_was_drawn(drawn):
    ink = Ink()
    for number, stroke in enumerate(drawn):
        ink.add(number, 0, stroke[:3])
        for first in range(3, len(stroke), 3):
            ink.add(number, first, stroke[first : first + 3])
    try:
        strokes = signature.check_strokes(drawn)
    except Invalid:
        return
    assert ink.against(strokes) is Seen.ALL
    assert ink.against(strokes[:-1]) is Seen.DIFFERS
    assert Ink().against(strokes) is Seen.NOTHING
