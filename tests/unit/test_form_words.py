"""What stands around a form's fields is complete in every language the shipped services speak."""

import pytest

from vamt import forms
from vamt.catalogue import LANGUAGES
from vamt.form_words import MESSAGES, OTHERS, YES_NO, words_for
from vamt.i18n import Languages

PAGES = Languages(["de", "en"])


def test_no_language_and_no_word_is_missing() -> None:
    assert {"de", "en", *OTHERS} == set(LANGUAGES)
    for code, words in OTHERS.items():
        assert list(words) == list(MESSAGES), code
        assert all(words.values()), code
    assert all(set(words) == set(LANGUAGES) for _, words in YES_NO)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_words_of_a_language(code: str) -> None:
    words = words_for(code, PAGES.get(code))
    assert str(forms.VALUE_LENGTH) in words["too_long"] and "%" not in "".join(words.values())
    german = words_for("de", PAGES.get("de"))
    same = {key for key in MESSAGES if words[key] == german[key]}
    assert same == (set(MESSAGES) if code == "de" else set())


def test_a_language_nobody_wrote_is_that_of_the_page() -> None:
    assert words_for("pl", PAGES.get("en")) == words_for("en", PAGES.get("en"))
