"""Some of the files of `bench/uploads.py`, in this process: nothing of them comes through."""

import pytest

from tests.uploads import files
from tests.uploads.examined import faults
from tests.uploads.hostile import Hostile, families, hostile
from tests.uploads.hostile_pdfs import MARK, small_pdf
from tests.uploads.hostile_pictures import TAILS
from vamt.documents import WORDS, check_title
from vamt.uploads.clean import clean

SOME = list(hostile(3 * len(families()), seed=7, without="omb"))


@pytest.mark.parametrize("family", sorted({file.family for file in SOME}))
def test_what_is_taken_carries_nothing_on(family: str) -> None:
    for file in SOME:
        if file.family == family:
            _look(file)


def _look(file: Hostile) -> None:
    made = clean(file.data)
    if made.why:
        assert made.why in WORDS and not made.data
        return
    assert faults(made.data, made.media) == []
    for jpeg in made.previews:
        assert faults(jpeg, "image/jpeg") == []


def test_some_of_each_kind_are_taken() -> None:
    taken = {file.family for file in SOME if not clean(file.data).why}
    assert {"pictures that tell", "PDFs that act", "PDFs with escaped names"} <= taken


@pytest.mark.parametrize("name", sorted({file.name for file in SOME}))
def test_a_name_is_a_word_and_no_path(name: str) -> None:
    title = check_title(name)
    assert not set(title) & set("/\\\0\r\n\t\x7f\u202e") and len(title) <= 120


def test_the_examination_sees_what_it_looks_for() -> None:
    for tail in TAILS:
        assert faults(files.picture() + tail, "image/jpeg")
    assert faults(files.with_place(), "image/jpeg")
    assert faults(files.picture("PNG"), "image/jpeg")
    assert faults(files.picture() + files.picture(), "image/jpeg")
    for pdf in (small_pdf(), small_pdf().replace(b"/JavaScript", b"/J#61vaScript")):
        assert any("/JavaScript" in fault for fault in faults(pdf, "application/pdf"))
    assert faults(small_pdf() + b"%%EOF", "application/pdf")
    assert any(MARK.decode() in fault for fault in faults(small_pdf(), "application/pdf"))
    for file in hostile(len(families()), seed=3, without="omb"):
        if file.family.startswith("PDFs that"):
            assert faults(file.data, "application/pdf")
