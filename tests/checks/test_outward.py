"""`vamt check` on the receivers of notices, with real ones on loopback."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from tests.turn.conftest import Authority, authority, free_port
from tests.web.served import town_settings
from vamt.checks import outward
from vamt.findings import Finding
from vamt.interfaces import ExportConf, WebhookConf
from vamt.settings import Settings

assert authority  # a fixture

asked: list[str] = []


async def answer(request: web.Request) -> web.Response:
    asked.append(request.method)
    if request.path == "/moved":
        raise web.HTTPFound("/vamt")
    return web.Response(status=405)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where a receiver listens that takes POST only."""
    async for found in _listening(None):
        yield found


async def _listening(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def found(folder: Path, url: str) -> Finding:
    conf = WebhookConf(name="fach", url=url, secrets=["whsec_" + "QUJD" * 11])
    settings = msgspec.structs.replace(town_settings(folder, 0), webhook=[conf])
    (one,) = await outward.check(settings, ssl.create_default_context())
    assert "%(" not in one.words and "?token" not in one.words
    return one


async def test_one_that_answers_is_told_nothing(tmp_path: Path, port: int) -> None:
    asked.clear()
    said = await found(tmp_path, f"http://127.0.0.1:{port}/vamt?token=hidden")
    assert said.level == "warn" and "by http" in said.words
    assert asked == ["HEAD"]


async def test_one_that_redirects(tmp_path: Path, port: int) -> None:
    said = await found(tmp_path, f"http://127.0.0.1:{port}/moved")
    assert said.level == "fail" and "redirects" in said.words


async def test_one_that_is_not_there(tmp_path: Path) -> None:
    said = await found(tmp_path, f"http://127.0.0.1:{free_port()}/?token=hidden")
    assert said.level == "fail" and "does not answer" in said.words


async def test_one_without_receivers_has_nothing_to_say(tmp_path: Path) -> None:
    assert await outward.check(town_settings(tmp_path, 0), ssl.create_default_context()) == []


async def test_a_certificate_nobody_vouches_for(tmp_path: Path, authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("localhost"))
    async for port in _listening(context):
        said = await found(tmp_path, f"https://localhost:{port}/")
        assert said.level == "fail" and "do not trust the certificate of localhost" in said.words


def exporting(folder: Path, **changes: Any) -> Settings:
    conf = ExportConf(folder="ausgabe", **changes)
    return msgspec.structs.replace(town_settings(folder, 0), export=conf)


@pytest.mark.parametrize(
    ("mode", "changes", "level", "words"),
    [
        (0o700, {}, "ok", "not encrypted"),
        (0o750, {}, "fail", "chmod 700"),
        (0o755, {"group": True}, "fail", "chmod 2770"),
        (0o2770, {"group": True}, "ok", "not encrypted"),
        (None, {}, "fail", "is missing"),
    ],
)
async def test_the_export_folder(
    tmp_path: Path, mode: int | None, changes: dict[str, Any], level: str, words: str
) -> None:
    if mode is not None:
        (tmp_path / "ausgabe").mkdir()
        (tmp_path / "ausgabe").chmod(mode)
    trust = ssl.create_default_context()
    (said,) = await outward.check(exporting(tmp_path, **changes), trust)
    assert (said.part, said.level) == ("export", level) and words in said.words
