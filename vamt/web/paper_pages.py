"""Checking a paper: anybody uploads a PDF and reads whether it is unchanged and from this town."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import BodyPartReader, web
from babel.dates import format_datetime

from vamt.errors import N_, UserError, VamtError
from vamt.i18n import Language
from vamt.papers.proof import SIZE, Proof, Prover
from vamt.settings import Settings
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
    """GET and POST /pruefen."""

    settings: Settings
    pages: Pages
    prover: Prover
    own_seal: bool  # of our own making

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [web.get("/pruefen", self.ask), web.post("/pruefen", self.answer)]

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
            own_seal=self.own_seal,
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
    try:
        parts = await request.multipart()
        while (part := await parts.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == "file":
                sent = bytearray()
                while chunk := await part.read_chunk(64 * 1024):
                    sent += chunk
                    if len(sent) > SIZE:
                        raise FileTooLarge(params={"n": SIZE // 1024**2})
                if sent:
                    return bytes(sent)
                break
    except UserError:
        raise
    except Exception as broken:  # see vamt.web.body: any error may mean a broken form
        raise NoFile() from broken
    raise NoFile()
