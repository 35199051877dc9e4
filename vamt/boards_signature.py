"""What the pages show of a signature, and the texts that are prepared for signing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from vamt import application, errands, forms, signature, signature_messages
from vamt.booking import Appointment, DataField, Declaration, Service, in_language
from vamt.i18n import Language, Languages, language_name
from vamt.services.ports import Clock
from vamt.services.signatures import Live
from vamt.signature import Signature


@dataclass(frozen=True, slots=True)
class SignatureBoards:
    """Draws a request for a signature from what is stored and from what goes on now."""

    live: Mapping[str, Live]  # of `Signatures`, by appointment
    services: Mapping[str, Service]
    languages: Languages
    clock: Clock
    zone: ZoneInfo

    def view(
        self, wanted: Signature, person: Appointment, language: Language
    ) -> signature_messages.SignatureView:
        """The request, for both seats."""
        live = self.live.get(person.id)
        return signature_messages.SignatureView(
            id=wanted.id,
            state=wanted.state,
            title=wanted.title,
            text=wanted.text,
            hash=signature.short(wanted.sha256),
            consent=language.text(signature.CONSENT, {"title": wanted.title}),
            at=wanted.ended or wanted.asked,
            ready=live is not None and live.id == wanted.id and live.ready,
            seen=wanted.seen,
            typed=wanted.typed,
        )

    def texts(self, person: Appointment, code: str) -> list[signature_messages.SignatureText]:
        """The texts prepared for her errands, in the town's language and in hers.

        First the service's own; then, where there is a form, an application made of it.
        """
        errand = errands.errand_of(person, self.services)
        if errand is None:
            return []
        today = datetime.fromtimestamp(self.clock(), self.zone).date().isoformat()
        texts = []
        for declaration in errand.declarations:
            for written in self._written_in(declaration, person):
                language = self.languages.get(written)
                facts = {"name": person.name, "date": language.date(today)}
                facts |= dict(as_read(errand.fields, person, language))
                texts.append(
                    signature_messages.SignatureText(
                        in_language(declaration.title, written),
                        signature.filled(in_language(declaration.text, written), facts),
                        written,
                        language_name(written, code),
                    )
                )
        if "form" in errand.steps:
            for written in application.languages(errand, self.languages.default, person.language):
                language = self.languages.get(written)
                told = as_read(forms.asked(errand.fields, person.data), person, language, written)
                made = application.written(
                    errand, person, told, written, language, language.date(today)
                )
                texts.append(
                    signature_messages.SignatureText(*made, written, language_name(written, code))
                )
        return texts

    def _written_in(self, declaration: Declaration, person: Appointment) -> list[str]:
        first = self.languages.default
        hers = [person.language] if person.language in declaration.text else []
        return list(dict.fromkeys([first, *hers]))


def as_read(
    fields: Sequence[DataField], person: Appointment, language: Language, code: str = ""
) -> Iterator[tuple[str, str]]:
    """Key and value of what she has given, as people read it: words in `code` if it is named."""
    for wanted in fields:
        value = person.data.get(wanted.key, "")
        yield wanted.key, forms.said(wanted, value, code or language.code, language.date) or value
