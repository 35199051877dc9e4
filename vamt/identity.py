"""The identity check: documents, what the clerk goes through, the one-time code. Pure rules.

The machine never decides. It draws what is to be looked at, compares what was read with what was
entered, and refuses to note "genuine" before everything has been ticked. The checklist follows the
rules of video identification (BaFin circular 3/2017 (GW), B.), which bind banks, not towns; what
is noted is that a clerk has looked at a document by video, never more than that.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from vamt import states
from vamt.booking import is_storable
from vamt.errors import N_, Conflict, Invalid

FEATURES_DRAWN = 3  # security features, each of another class (circular 3/2017, B.IV)
QUESTIONS_DRAWN = 2
CODE_DIGITS = 6
CODE_SECONDS = 600.0
CODE_TRIES = 5
CODES_PER_CHECK = 5
KEEP_HOURS_MOST = 24
REASON_LENGTH = 300


class Document(StrEnum):
    """What a citizen may hold to the camera."""

    ID_CARD = "id_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    OTHER = "other"  # no machine-readable zone is looked for


class Result(StrEnum):
    """What the clerk has come to. It is her judgement, and the note says so."""

    GENUINE = "genuine"  # geprüft
    DOUBTFUL = "doubtful"  # zweifelhaft
    REJECTED = "rejected"  # abgelehnt


SIDES: Mapping[Document, tuple[str, ...]] = {
    Document.ID_CARD: ("front", "back"),
    Document.PASSPORT: ("front",),  # the data page
    Document.RESIDENCE_PERMIT: ("front", "back"),
    Document.OTHER: ("front",),
}

# What a kept copy may leave readable; the same words as in vamt/capture/masks.py. The access number
# opens the chip and is always masked.
FIELDS = (
    "portrait",
    "surname",
    "given_names",
    "birth_name",
    "birth_date",
    "birth_place",
    "nationality",
    "sex",
    "address",
    "pseudonym",
    "expiry",
    "issued",
    "authority",
    "signature",
    "height",
    "eyes",
    "number",
    "zone",
)

# Optical security features by class: diffractive, personalisation, material, security printing
# (circular 3/2017, B.IV). Seen on a German document by video; see PRADO of the Council of the EU.
FEATURES: Mapping[Document, Mapping[str, tuple[str, ...]]] = {
    Document.ID_CARD: {
        "diffractive": ("holographic_portrait", "kinematic_structures"),
        "personalisation": ("tilting_image", "laser_portrait"),
        "material": ("colour_shift", "tactile"),
        "printing": ("guilloche", "microprint"),
    },
    Document.PASSPORT: {
        "diffractive": ("holographic_portrait", "kinematic_structures"),
        "personalisation": ("tilting_image", "laser_portrait"),
        "material": ("security_thread", "perforated_number"),
        "printing": ("guilloche", "microprint"),
    },
    Document.RESIDENCE_PERMIT: {
        "diffractive": ("kinegram",),
        "personalisation": ("tilting_image", "laser_portrait"),
        "material": ("colour_shift", "tactile"),
        "printing": ("guilloche", "microprint"),
    },
    Document.OTHER: {
        "diffractive": ("hologram",),
        "personalisation": ("tilting_image", "laser_portrait"),
        "material": ("colour_shift", "tactile"),
        "printing": ("guilloche", "microprint"),
    },
}
CHALLENGES = ("hand", "turn_left", "turn_right", "cover_corner", "look_up")
QUESTIONS = ("birth_date", "birth_place", "age", "zodiac", "issued_by", "address", "expiry")

# What each item asks of the clerk, in English; the keys are what is stored.
WORDS: Mapping[str, str] = {
    "valid": N_("The document is valid: not expired, not damaged, no corner cut off"),
    "data": N_("Name and data fit what was entered"),
    "photo": N_("The person in the picture is the person on the photo, and of that age"),
    "tilt": N_("Have the document tilted: the photo is not stuck on, nothing shakes or blurs"),
    "code": N_("One-time code read back"),
    "feature:holographic_portrait": N_("Holographic portrait: a second face beside the photo"),
    "feature:kinematic_structures": N_("Moving structures: eagle and stars change when tilted"),
    "feature:kinegram": N_("Kinegram: shapes move and change colour when tilted"),
    "feature:hologram": N_("Hologram: the picture changes when tilted"),
    "feature:tilting_image": N_("Tilting image: expiry date and portrait take turns"),
    "feature:laser_portrait": N_("Portrait and text are burned into the card, not printed on it"),
    "feature:colour_shift": N_("Colour-shifting ink: changes colour when tilted"),
    "feature:tactile": N_("Raised lettering: can be felt, casts a shadow in slanting light"),
    "feature:security_thread": N_("Security thread: runs through the data page"),
    "feature:perforated_number": N_("The number is punched through the pages with a laser"),
    "feature:guilloche": N_("Fine lines in the background, unbroken, also through the photo"),
    "feature:microprint": N_("Microprint: close up, fine lines turn out to be tiny letters"),
    "challenge:hand": N_("Ask: please move a hand slowly before your face"),
    "challenge:turn_left": N_("Ask: please turn your head to the left"),
    "challenge:turn_right": N_("Ask: please turn your head to the right"),
    "challenge:cover_corner": N_("Ask: please cover a corner of the card with a finger"),
    "challenge:look_up": N_("Ask: please look up at the ceiling for a moment"),
    "question:birth_date": N_("Ask: when were you born?"),
    "question:birth_place": N_("Ask: where were you born?"),
    "question:age": N_("Ask: how old are you?"),
    "question:zodiac": N_("Ask: what is your zodiac sign?"),
    "question:issued_by": N_("Ask: which authority issued your document?"),
    "question:address": N_("Ask: what is your address?"),
    "question:expiry": N_("Ask: until when is your document valid?"),
}


class Unfinished(Conflict):
    """ "Genuine" with a checklist that has not been gone through."""

    key = "checklist_open"
    default_message = N_("Please go through the whole checklist first, or choose another result.")


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code as it is stored: never its digits."""

    salted: str  # "" when none was made
    until: float = 0.0
    tries: int = 0  # wrong ones
    made: int = 0  # codes of this check

    @property
    def tries_left(self) -> int:
        """How often it may still be given."""
        return CODE_TRIES - self.tries

    def answers(self, request: str) -> bool:
        """Whether it was made for this request."""
        return self.salted.startswith(f"{request}:")

    def holds(self, now: float) -> bool:
        """Whether it can still be given."""
        return self.salted != "" and now < self.until and self.tries < CODE_TRIES


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one document in one visit. Instants in Unix seconds."""

    id: str
    visit: str
    clerk: str
    document: Document
    level: str  # one of booking.LEVELS but "none"
    state: states.Check
    items: tuple[str, ...]  # of the checklist, in their order
    done: tuple[str, ...] = ()  # those ticked
    code: Code = Code("")
    result: Result | None = None
    reason: str = ""
    asked: float = 0.0
    ended: float | None = None
    kept_until: float | None = None  # a masked copy is in the vault

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.state in (states.Check.ASKED, states.Check.ALLOWED)

    @property
    def complete(self) -> bool:
        """Whether the whole checklist is ticked."""
        return set(self.items) == set(self.done)

    def tick(self, item: str, value: bool) -> "Check":
        """With this item ticked or not; raises Invalid for one that is not ticked by hand."""
        if item not in self.items or item == "code":
            raise Invalid(field="item")
        others = [one for one in self.done if one != item]
        return replace(self, done=tuple([*others, item] if value else others))


def checklist(document: Document, level: str, chance: Random) -> tuple[str, ...]:
    """What the clerk is to go through, in the order of the talk.

    On the level "look": validity, data and photo. Above it three security features of different
    classes, tilting, a challenge and two questions, drawn so that nobody can prepare for them.
    """
    if level == "look":
        return ("valid", "data", "photo")
    known = FEATURES[document]
    classes = sorted(chance.sample(sorted(known), FEATURES_DRAWN), key=list(known).index)
    features = [f"feature:{chance.choice(known[one])}" for one in classes]
    questions = [q for q in QUESTIONS if document is not Document.OTHER or q != "issued_by"]
    drawn = [
        "valid",
        *features,
        "tilt",
        "data",
        "photo",
        f"challenge:{chance.choice(CHALLENGES)}",
        *(f"question:{one}" for one in chance.sample(questions, QUESTIONS_DRAWN)),
    ]
    return tuple([*drawn, "code"] if level == "checked_code" else drawn)


def judge(check: Check, result: Result, reason: str) -> str:
    """The reason as it is stored; raises Unfinished, or Invalid where a reason is missing."""
    if result is Result.GENUINE:
        if not check.complete:
            raise Unfinished()
    reason = " ".join(reason.split())
    if result is not Result.GENUINE and not reason:
        raise Invalid(N_("Please give a reason."), field="reason")
    if len(reason) > REASON_LENGTH:
        raise Invalid(
            N_("This is too long (%(limit)s characters at most)."),
            field="reason",
            params={"limit": REASON_LENGTH},
        )
    if not is_storable(reason):
        raise Invalid(N_("This contains characters that cannot be stored."), field="reason")
    return reason


# --- the one-time code ---------------------------------------------------------------------------


def new_code(check: str, request: str, old: Code, now: float, chance: Random) -> tuple[Code, str]:
    """A fresh code for this check and its digits; raises Conflict after too many.

    `request` is the id of the request for it, by which `Code.answers` knows it again: it is the
    salt. It may be known, since so few digits are soon tried whatever they are salted with.
    """
    if old.made >= CODES_PER_CHECK:
        raise Conflict(N_("No more codes can be made for this check."), key="too_many_codes")
    digits = f"{chance.randrange(10**CODE_DIGITS):0{CODE_DIGITS}}"
    salted = f"{request}:{_hashed(check, request, digits)}"
    return Code(salted, now + CODE_SECONDS, 0, old.made + 1), digits


def try_code(check: str, code: Code, said: str, now: float) -> tuple[Code, bool]:
    """Whether `said` is the code, and the code after this try; raises Conflict when it has ended.

    Blanks and hyphens are not counted: people read digits in groups.
    """
    if not code.holds(now):
        raise Conflict(N_("This code has ended. Please send a new one."), key="code_ended")
    digits = "".join(c for c in said if c.isascii() and c.isdigit())
    salt, _, wanted = code.salted.partition(":")
    right = hmac.compare_digest(_hashed(check, salt, digits), wanted)
    return (Code("", made=code.made) if right else replace(code, tries=code.tries + 1)), right


def _hashed(check: str, salt: str, digits: str) -> str:
    # a million codes are tried in a second whatever the hash; it keeps the digits out of backups
    # and out of sight, and the code is worth nothing after ten minutes
    return hashlib.sha256(f"{check} {salt} {digits}".encode()).hexdigest()


def words_of(items: Iterable[str]) -> Sequence[tuple[str, str]]:
    """(item, English text) of each."""
    return [(item, WORDS[item]) for item in items]
