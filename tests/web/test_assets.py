"""Static files: the version in the address, compression, nothing from outside the folder."""

import gzip
import re
from pathlib import Path

import pytest

from tests.web.pages import Html
from tests.web.served import Town, raw
from vamt.web.assets import ROOT, Assets

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A few files."""
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("export {};")
    (tmp_path / "a.css").write_text("a {}")
    (tmp_path / "types.d.ts").write_text("type A = 1")
    (tmp_path / "font.woff2").write_bytes(b"\0" * 100)
    return tmp_path


def test_the_version_is_the_content(folder: Path) -> None:
    before = Assets(folder)
    assert before.version == Assets(folder).version
    assert before.url("js/a.js") == f"/static/{before.version}/js/a.js"
    (folder / "a.css").write_text("a { }")
    changed = Assets(folder).version
    (folder / "a.css").rename(folder / "b.css")
    assert len({before.version, changed, Assets(folder).version}) == 3


def test_a_missing_file_is_found_when_the_page_is_made(folder: Path) -> None:
    with pytest.raises(KeyError, match=r"vendor/kern\.css"):
        Assets(folder).url("vendor/kern.css")
    with pytest.raises(KeyError):
        Assets(folder).url("types.d.ts")  # for the type checker only


async def address(town: Town, ending: str) -> str:
    """The address of a file as the start page names it."""
    page = Html(await (await town.http.get("/")).text())
    named = [a.get("src") or a.get("href", "") for _, a in page.tags]
    return next(url for url in named if url.endswith(ending))


async def test_files_never_expire(town: Town) -> None:
    url = await address(town, "/css/app.css")
    assert re.fullmatch(r"/static/[0-9a-f]{12}/css/app\.css", url)
    async with town.http.get(url) as answer:
        assert (answer.status, answer.content_type) == (200, "text/css")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert await answer.read() == (ROOT / "css" / "app.css").read_bytes()
    old = url.replace(url.split("/")[2], "000000000000")
    async with town.http.get(old) as answer:  # a page of yesterday gets today's file, uncached
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_compression(town: Town) -> None:
    url = await address(town, "/css/app.css")
    plain = (ROOT / "css" / "app.css").read_bytes()
    async with town.http.get(url, headers=GZIP, auto_decompress=False) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        packed = await answer.read()
    assert gzip.decompress(packed) == plain and len(packed) < len(plain) / 2
    async with town.http.get(
        url, headers={"Accept-Encoding": "identity"}, auto_decompress=False
    ) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.read() == plain
    font = url.replace("css/app.css", "vendor/fonts/fira-sans/FiraSans-Regular.woff2")
    async with town.http.get(font, headers=GZIP, auto_decompress=False) as answer:
        assert answer.content_type == "font/woff2"
        assert "Content-Encoding" not in answer.headers  # it is compressed already


async def test_modules_find_each_other(town: Town) -> None:
    """Every import of every module of ours exists below the same version."""
    version = (await address(town, "/css/app.css")).split("/")[2]
    checked = 0
    for file in sorted((ROOT / "js").rglob("*.js")):
        for wanted in re.findall(
            r'^(?:import|export)[^;]*?from "(\.[^"]+)"', file.read_text(), re.M
        ):
            target = (file.parent / wanted).resolve().relative_to(ROOT)
            async with town.http.get(f"/static/{version}/{target}") as answer:
                assert answer.status == 200, (file.name, wanted)
                assert answer.content_type == "text/javascript"
            checked += 1
    assert checked > 20


def test_a_module_brings_all_that_it_imports(folder: Path) -> None:
    (folder / "js" / "views").mkdir()
    (folder / "js" / "a.js").write_text(
        'import {\n  b,\n} from "./b.js";\nexport { c } from "./views/c.js";\n// from "./d.js"\n'
    )
    (folder / "js" / "b.js").write_text('import { c } from "./views/c.js";\nexport const b = c;')
    (folder / "js" / "views" / "c.js").write_text('import { a } from "../a.js";\n')
    assets = Assets(folder)
    assert assets.modules("js/a.js") == ["js/a.js", "js/b.js", "js/views/c.js"]
    links = assets.links("prefetch", "js/b.js", "a.css")
    named = re.findall(r'<link rel="prefetch" href="([^"]+)">', links)
    files = ("js/b.js", "js/views/c.js", "js/a.js", "a.css")
    assert named == [assets.url(name) for name in files]


@pytest.mark.parametrize("path", ["js/citizen.js", "js/desk.js", "js/guest.js"])
def test_the_pages_modules_are_all_there(path: str) -> None:
    assets = Assets()
    modules = assets.modules(path)
    assert len(modules) == len(set(modules)) > 40
    assert all(assets.url(name) for name in modules)


async def test_nothing_from_outside(town: Town) -> None:
    for name in (
        "../app.py",
        "..%2Fapp.py",
        "%2e%2e/%2e%2e/pyproject.toml",
        "css/../../app.py",
        "css",
        "css/",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "css/app.css%00",
        "css/app.css/",
        "js/types.d.ts",
        "CSS/APP.CSS",
        "css\\app.css",
        "",
    ):
        for version in ("x", "..", "%2e%2e"):
            answer = await raw(town, "GET", f"/static/{version}/{name}")
            assert answer.status == 404, name
            text = answer.body.decode()
            assert "import " not in text and "root:" not in text
