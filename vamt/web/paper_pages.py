"""Papers as PDFs: what was signed in a visit; and the page where anybody checks such a paper."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from babel.dates import format_datetime

from vamt.errors import N_, NotAllowed, UserError, VamtError
from vamt.i18n import Language
from vamt.papers.proof import SIZE, Proof, Prover
from vamt.papers.statement import Statements
from vamt.rooms import Clerk
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.signatures import Signatures
from vamt.settings import Settings
from vamt.signature import Signed
from vamt.web.attachment import attachment
from vamt.web.body import read_files
from vamt.web.door import Door
from vamt.web.render import Pages

WORDS = {  # verdict: kind of message, heading, text
    "ours": (
        "success",
        N_("This paper is genuine"),
        N_("It bears the seal of %(town)s and has not been changed since."),
    ),
    "changed": (
        "danger",
        N_("This paper has been changed"),
        N_("It once bore the seal of %(town)s, but is no longer what was sealed. Do not trust it."),
    ),
    "foreign": (
        "warning",
        N_("This paper is not from us"),
        N_("Somebody else has signed it: %(name)s. We cannot say anything about it."),
    ),
    "unsealed": (
        "warning",
        N_("This paper bears no seal"),
        N_(
            "It may be a copy, a scan or a printout saved again. Only the file itself, as we "
            "handed it over, can be checked."
        ),
    ),
    "unreadable": (
        "warning",
        N_("We could not read this file"),
        N_("Please choose a PDF file that is whole."),
    ),
}


class NoFile(UserError):
    """Nothing was sent."""

    status = 422
    key = "no_file"
    default_message = N_("Please choose a PDF file first.")


class FileTooLarge(UserError):
    """More than any paper of ours."""

    status = 413
    key = "too_large"
    default_message = N_("The file is larger than %(n)s MB; ours are much smaller.")


@dataclass(frozen=True, slots=True)
class PaperPages:
    """What was signed, as a PDF; GET and POST /pruefen."""

    settings: Settings
    pages: Pages
    prover: Prover
    printer: Statements
    signatures: Signatures
    bookings: Bookings
    links: Links
    door: Door
    me: Callable[[web.Request], Awaitable[Clerk | None]]  # the clerk who is signed in

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        signed = [
            web.get("/amt/unterschrift/{id}.pdf", self.for_desk),
            web.get("/termin/{token}/unterschrift/{id}.pdf", self.for_citizen),
        ]
        if not self.settings.seals_papers:
            return signed
        return [*signed, web.get("/pruefen", self.ask), web.post("/pruefen", self.answer)]

    async def for_desk(self, request: web.Request) -> web.Response:
        """What was signed, for the desk that has asked for it."""
        me = await self.me(request)
        if me is None:
            raise NotAllowed("not signed in")
        return await self._pdf(await self.signatures.for_desk(me.id, request.match_info["id"]))

    async def for_citizen(self, request: web.Request) -> web.Response:
        """What she has signed; after the visit it asks for its code."""
        mine = await self.bookings.appointment(self.links.appointment(request.match_info["token"]))
        if asked := self.door.ask(request, mine):
            return asked
        return await self._pdf(await self.signatures.for_citizen(mine.id, request.match_info["id"]))

    async def _pdf(self, signed: Signed) -> web.Response:
        name = f"{signed.record.document.title}.pdf".replace("/", "-")
        return attachment(await self.printer.pdf(signed), "application/pdf", name)

    async def ask(self, request: web.Request) -> web.Response:
        """The page with the form."""
        return self._page(request)

    async def answer(self, request: web.Request) -> web.Response:
        """What is to be said of the file. It is looked at and forgotten."""
        language = self.pages.language(request)
        try:
            proof = await self.prover.prove(await read_file(request))
        except VamtError as error:
            words = {"error": language.text(error.message, error.params)}
            return self._page(request, status=error.status, **words)
        return self._page(request, result=self._words(language, proof))

    def _page(
        self, request: web.Request, *, status: int = 200, error: str = "", result: object = None
    ) -> web.Response:
        return self.pages.page(
            request,
            "paper_check.html",
            status=status,
            error=error,
            result=result,
            own_seal=self.printer.head.own_seal,
            megabytes=SIZE // 1024**2,
        )

    def _words(self, language: Language, proof: Proof) -> dict[str, str]:
        kind, heading, text = WORDS[proof.verdict]
        town = self.settings.town
        params = {"town": town.full_name or town.name, "name": proof.name}
        at = ""
        if proof.at is not None:
            moment = datetime.fromtimestamp(proof.at, self.settings.zone)
            at = format_datetime(moment, "long", locale=language.code)
        return {
            "kind": kind,
            "heading": language.text(heading),
            "text": language.text(text, params),
            "at": at,
            "stamped": "yes" if proof.stamped else "",
        }


async def read_file(request: web.Request) -> bytes:
    """The form's file; raises NoFile, FileTooLarge, also for what is no form at all."""
    too_large = FileTooLarge(params={"n": SIZE // 1024**2})
    async for _, data in read_files(request, SIZE, too_large=too_large, no_form=NoFile):
        if data:
            return data
        break
    raise NoFile()
