"""Pages from templates: one Jinja environment per language, and the context they all share."""

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from types import CodeType
from typing import Any
from urllib.parse import urlencode

import jinja2
import msgspec
from aiohttp import web

from vamt.errors import N_, VamtError
from vamt.i18n import Language, Languages
from vamt.settings import Settings
from vamt.web.assets import Assets

TEMPLATES = Path(__file__).parents[1] / "templates"
LANG_COOKIE = "lang"


def script_json(value: Any) -> str:
    """JSON that may stand inside a <script> element ("<" escaped)."""
    text = msgspec.json.encode(value).decode()
    return text.replace("<", "\\u003c")


def see_other(url: str) -> web.Response:
    """Redirect to `url` with GET (303)."""
    return web.Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})


def local(url: str) -> str:
    """The address on this very host: browsers take "//x" and "/\\x" for another one."""
    return "/" + url.lstrip("/\\")


class Templates(jinja2.FileSystemLoader):
    """Compiles each template once for all languages, since texts are looked up when rendering.

    A large one takes a third of a second, which nobody should wait for: see `compile_all`.
    Changes on disk are seen after a restart.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._codes: dict[str, CodeType] = {}

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,
    ) -> jinja2.Template:
        """The template `name` for one language; raises TemplateNotFound."""
        code = self._code(environment, name)
        return environment.template_class.from_code(environment, code, dict(globals or {}))

    def compile_all(self, environment: jinja2.Environment) -> None:
        """Compile what has not been asked for yet."""
        for name in self.list_templates():
            self._code(environment, name)

    def _code(self, environment: jinja2.Environment, name: str) -> CodeType:
        if name not in self._codes:
            source, file, _ = self.get_source(environment, name)
            self._codes[name] = environment.compile(source, name, file)
        return self._codes[name]


_TEMPLATES = Templates(TEMPLATES)  # of the process: code has no settings in it


class Pages:
    """Renders every page and mail of the town."""

    def __init__(self, settings: Settings, languages: Languages, assets: Assets) -> None:
        self.settings = settings
        self.languages = languages
        self._environments = {
            language.code: self._environment(language, assets) for language in languages
        }
        town = settings.town
        self._town = {
            "name": town.name,
            "full_name": town.full_name or town.name,
            "address": town.address,
            "phone": town.phone,
            "email": town.email,
            "website": town.website,
            "imprint_url": town.imprint_url,
            "accessibility_url": town.accessibility_url,
            "privacy_officer": town.privacy_officer,
            "logo_url": "/logo" if town.logo else "",
        }

    def _environment(self, language: Language, assets: Assets) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=_TEMPLATES,
            extensions=["jinja2.ext.i18n"],
            autoescape=jinja2.select_autoescape(["html", "svg"]),
            undefined=jinja2.Undefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.policies["json.dumps_function"] = json.dumps
        translations = language.translations
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            translations.gettext, translations.ngettext, newstyle=True
        )
        environment.globals.update(
            static=assets.url,
            links=assets.links,
            lang=language.code,
            dir=language.dir,
            catalog_json=language.json,
            demo=self.settings.demo,
            seals_papers=self.settings.seals_papers,
        )
        return environment

    async def get_ready(self) -> None:
        """Compile all templates, beside what else goes on."""
        environment = next(iter(self._environments.values()))
        await asyncio.to_thread(_TEMPLATES.compile_all, environment)

    def language(self, request: web.Request, *wishes: str) -> Language:
        """The reader's language: her choice (cookie), then `wishes`, then her browser's."""
        code = self.languages.choose(
            request.cookies.get(LANG_COOKIE, ""),
            *wishes,
            request.headers.get("Accept-Language", ""),
        )
        return self.languages.get(code)

    def reads(self, request: web.Request) -> tuple[str, ...]:
        """In which languages she reads what the town wrote; see `Languages.reads`."""
        page = self.language(request)
        if request.cookies.get(LANG_COOKIE):
            return (page.code,)
        first = request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0]
        return self.languages.reads(page, first.strip().lower().partition("-")[0])

    def text(self, template: str, language: Language, **context: Any) -> str:
        """Render a template without a request (mails)."""
        found = self._environments[language.code].get_template(template)
        return found.render(town=self._town, **context)

    def page(
        self,
        request: web.Request,
        template: str,
        *,
        language: Language | None = None,
        status: int = 200,
        **context: Any,
    ) -> web.Response:
        """Render a page for `request`."""
        language = language or self.language(request)
        body = self.text(template, language, languages=self._switch(request), **context)
        response = web.Response(
            text=body,
            status=status,
            content_type="text/html",
            headers={"Cache-Control": "no-store", "Content-Language": language.code},
        )
        response.enable_compression()
        return response

    def _switch(self, request: web.Request) -> list[dict[str, str]]:
        query = {k: v for k, v in request.query.items() if k != "lang"}
        path = local(request.rel_url.raw_path) if request.method in ("GET", "HEAD") else "/"
        if request.path == "/buchen":
            path = "/buchen"
        return [
            {
                "code": language.code,
                "name": language.name,
                "url": f"{path}?{urlencode({**query, 'lang': language.code})}",
            }
            for language in self.languages
        ]

    def message(
        self,
        request: web.Request,
        *,
        heading: str,
        text: str,
        kind: str = "info",
        status: int = 200,
        actions: list[dict[str, str]] | None = None,
    ) -> web.Response:
        """A page that says one thing, with a way on."""
        return self.page(
            request,
            "message.html",
            status=status,
            heading=heading,
            text=text,
            kind=kind,
            actions=actions or [],
        )

    def failure(self, request: web.Request, error: VamtError) -> web.Response:
        """The page for an error."""
        language = self.language(request)
        kind = "danger" if error.status >= 500 else "warning"
        return self.message(
            request,
            heading=language.text(_HEADINGS.get(error.status, _HEADINGS[400])),
            text=language.text(error.message, error.params),
            kind=kind,
            status=error.status,
            actions=[{"label": language.text(_HOME), "url": "/"}],
        )


_HOME = N_("To the start page")
_HEADINGS = {
    400: N_("That did not work"),
    403: N_("Not allowed"),
    404: N_("We could not find this page"),
    409: N_("That has changed"),
    410: N_("This link has expired"),
    413: N_("That is too much at once"),
    422: N_("Please check your entries"),
    429: N_("One moment, please"),
    500: N_("Something went wrong"),
}
