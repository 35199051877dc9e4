"""The texts prepared for signing, in the languages of the two, with what is known filled in."""

from dataclasses import replace
from typing import Any

from tests.conftest import BERLIN, Clock, at
from vamt import application, signature
from vamt.boards_signature import SignatureBoards
from vamt.booking import Appointment, DataField, Declaration, Service, When
from vamt.form_words import YES_NO
from vamt.i18n import Languages
from vamt.states import Appointment as State

MOVING = Service(
    "umzug",
    {"de": "Umzug", "en": "Moving"},
    15,
    fields=(
        DataField("moved_in", {"de": "Einzug"}, kind="date"),
        DataField("why", {"de": "Grund"}, kind="choice", choices=(("job", {"de": "Arbeit"}),)),
        DataField("where", {"de": "Wohin"}),
    ),
    declarations=(
        Declaration(
            {"de": "Erklärung", "en": "Declaration"},
            {
                "de": "\n{name} zieht am {moved_in} um ({why}, {where}).\n{date}\n",
                "en": "{name} moves on {moved_in}. {date}",
            },
        ),
        Declaration({"de": "Nur deutsch"}, {"de": "Ich, {name}."}),
    ),
)


def texts(language: str, service: Service = MOVING, **data: str) -> list[dict[str, Any]]:
    clock = Clock(at("2026-06-15 23:30"))
    boards = SignatureBoards({}, {"umzug": service}, Languages(["de", "en"]), clock, BERLIN)
    her = Appointment("a", "umzug", 0, 900, State.IN_VISIT, 0, name="Ayşe", language=language)
    object.__setattr__(her, "data", data)
    return [
        {"language": one.language, "title": one.title, "text": one.text, "name": one.language_name}
        for one in boards.texts(her, "de")
    ]


def test_name_date_and_answers_are_filled_in_as_people_read_them() -> None:
    first = texts("de", moved_in="2026-07-01", why="job")[0]
    assert first["text"] == "Ayşe zieht am 01.07.2026 um (Arbeit, …).\n15.06.2026"
    assert (first["title"], first["language"], first["name"]) == ("Erklärung", "de", "Deutsch")


def test_her_language_comes_beside_the_towns_where_the_text_is_written_in_it() -> None:
    found = [(one["title"], one["language"]) for one in texts("en", moved_in="2026-07-01")]
    assert found == [("Erklärung", "de"), ("Declaration", "en"), ("Nur deutsch", "de")]
    assert (
        texts("en", moved_in="2026-07-01")[1]["text"] == "Ayşe moves on Jul 1, 2026. Jun 15, 2026"
    )


def test_a_language_without_a_text_adds_nothing() -> None:
    assert [one["language"] for one in texts("tr")] == ["de", "de"]


def test_braces_in_an_answer_are_no_places() -> None:
    assert "({date}" not in texts("de", where="{name}")[1]["text"]
    assert "(…, {name})" in texts("de", where="{name}")[0]["text"]


FORM = replace(
    MOVING,
    declarations=(),
    steps=("form",),
    fields=(
        *MOVING.fields,
        DataField("pets", {"de": "Haustiere", "tr": "Evcil hayvan"}, kind="yes_no", choices=YES_NO),
        DataField("which", {"de": "Welche"}, when=When("pets", ("yes",))),
    ),
)


def test_an_application_is_made_of_the_form() -> None:
    """What is asked and told, as people read it; what is empty or not asked is left out."""
    [made] = texts("de", FORM, moved_in="2026-07-01", why="job", pets="no", which="Katze")
    assert (made["title"], made["language"]) == ("Antrag: Umzug", "de")
    assert made["text"] == (
        "Ich, Ayşe, beantrage: Umzug.\n\nEinzug: 01.07.2026\nGrund: Arbeit\nHaustiere: Nein\n\n"
        "Meine Angaben sind richtig und vollständig.\n\n15.06.2026"
    )
    assert "Welche: Katze" in texts("de", FORM, pets="yes", which="Katze")[0]["text"]


def test_it_comes_in_her_language_too_where_the_service_is_in_it() -> None:
    assert [one["language"] for one in texts("tr", FORM)] == ["de"]
    turkish = replace(FORM, name={**FORM.name, "tr": "Taşınma"})
    german, hers = texts("tr", turkish, pets="yes")
    assert (german["title"], hers["title"]) == ("Antrag: Umzug", "Başvuru: Taşınma")
    assert "Evcil hayvan: Evet" in hers["text"] and "Ben, Ayşe" in hers["text"]


def test_every_other_language_has_all_words_with_their_places() -> None:
    for words in application.OTHERS.values():
        assert set(words) == {application.TITLE, application.WISH, application.TRUE}
        for msgid, text in words.items():
            assert signature.keys_in(text.replace("%(", "{").replace(")s", "}")) == (
                signature.keys_in(msgid.replace("%(", "{").replace(")s", "}"))
            )
