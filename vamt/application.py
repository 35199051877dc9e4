"""An application made of the form: what she applies for and what she has told, ready to be signed.

Its words are in the languages in which the shipped services are complete; see `form_words`.
"""

from collections.abc import Iterable, Sequence

from vamt.booking import Appointment, Service, in_language
from vamt.errors import N_
from vamt.i18n import Language

TITLE = N_("Application: %(service)s")
WISH = N_("I, %(name)s, apply for: %(service)s.")
TRUE = N_("What I have stated is correct and complete.")

OTHERS = {
    "fr": {
        TITLE: "Demande : %(service)s",
        WISH: "Je soussigné(e) %(name)s demande : %(service)s.",
        TRUE: "Mes indications sont exactes et complètes.",
    },
    "tr": {
        TITLE: "Başvuru: %(service)s",
        WISH: "Ben, %(name)s, şunun için başvuruyorum: %(service)s.",
        TRUE: "Verdiğim bilgiler doğru ve eksiksizdir.",
    },
    "uk": {
        TITLE: "Заява: %(service)s",
        WISH: "Я, %(name)s, подаю заяву: %(service)s.",
        TRUE: "Мої відомості правильні та повні.",
    },
    "ar": {
        TITLE: "طلب: %(service)s",
        WISH: "أنا، %(name)s، أتقدم بطلب: %(service)s.",
        TRUE: "المعلومات التي قدّمتها صحيحة وكاملة.",
    },
}


def languages(errand: Service, first: str, hers: str) -> list[str]:
    """The languages an application is offered in: the town's, and hers where all is in it."""
    speaks = hers in errand.name and (hers in OTHERS or hers == "en")
    return list(dict.fromkeys([first, *([hers] if speaks else [])]))


def written(
    errand: Service,
    person: Appointment,
    told: Iterable[tuple[str, str]],
    written_in: str,
    page: Language,
    today: str,
) -> tuple[str, str]:
    """Title and text in the language `written_in`.

    `told` is key and value of each answer as people read it; what is empty is left out. `page` is
    that language where the pages speak it; `today` is written below.
    """

    def say(msgid: str, **facts: str) -> str:
        found = OTHERS.get(written_in, {}).get(msgid)
        return found % facts if found else page.text(msgid, facts)

    labels = {field.key: in_language(field.label, written_in) for field in errand.fields}
    service = in_language(errand.name, written_in)
    rows: Sequence[str] = [f"{labels[key]}: {value}" for key, value in told if value]
    parts = [say(WISH, name=person.name, service=service), "\n".join(rows), say(TRUE), today]
    return say(TITLE, service=service), "\n\n".join(part for part in parts if part)
