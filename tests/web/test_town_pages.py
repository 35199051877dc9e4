"""What belongs to the town: colours, logo, pictures, privacy; and what machines ask for."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.web.pages import Html
from tests.web.served import TOWN, Clock, Town, free_port, raw, town_settings
from vamt.web.town_pages import Pictures, readable_on, town_css


def luminance(colour: str) -> float:
    """WCAG 2.2, written down a second time."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("colour", "on"),
    [
        ("#000000", "#ffffff"),
        ("#ffffff", "#000000"),
        ("#1f6f5c", "#ffffff"),
        ("#7fd1b9", "#000000"),
        ("#ff0000", "#000000"),  # 5.25 against 4.0
        ("#0000FF", "#ffffff"),
        ("#757575", "#ffffff"),
        ("#777777", "#000000"),
    ],
)
def test_letters_on_the_towns_colour(colour: str, on: str) -> None:
    assert readable_on(colour) == on


def test_letters_are_readable_on_every_colour() -> None:
    """The better of black and white always has 4.5 : 1 (in fact 4.58)."""
    steps = ("00", "33", "66", "77", "99", "cc", "ff")
    for red in steps:
        for green in steps:
            for blue in steps:
                colour = f"#{red}{green}{blue}"
                on = readable_on(colour)
                other = "#000000" if on == "#ffffff" else "#ffffff"
                assert contrast(colour, on) >= max(4.5, contrast(colour, other))


async def test_the_colours(town: Town) -> None:
    async with town.http.get("/town.css") as answer:
        assert answer.content_type == "text/css"
        css = await answer.text()
    assert css == town_css(town.settings)
    light = "--town-accent: #123456; --town-on-accent: #ffffff;"
    dark = "--town-accent: #fedcba; --town-on-accent: #000000;"
    assert css.index(light) < css.index("prefers-color-scheme: dark") < css.index(dark)
    assert re.search(r'\[data-kern-theme="dark"\] \{ --town-accent: #fedcba', css)
    assert re.search(r'\[data-kern-theme="light"\] \{ --town-accent: #123456', css)


async def test_pictures_and_nothing_else(town: Town) -> None:
    async with town.http.get("/bilder/markt.svg") as answer:
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    for name in (
        "geheim.txt",
        "captions.toml",
        "../vamt.toml",
        "..%2Flogo.svg",
        "%2e%2e/logo.svg",
        "%2Fetc%2Fpasswd",
        ".",
        "",
        "markt.svg%00",
        "MARKT.SVG",
        "markt.svg/",
    ):
        answer = await raw(town, "GET", f"/bilder/{name}")
        assert answer.status == 404, name
        assert "a picture" not in answer.text and "[town]" not in answer.text


async def test_the_logo(town: Town) -> None:
    async with town.http.get("/logo") as answer:
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    page = Html(await (await town.http.get("/")).text())
    assert any(a.get("src") == "/logo" for tag, a in page.tags if tag == "img")
    (town.folder / "logo.svg").unlink()
    async with town.http.get("/logo") as answer:
        assert answer.status == 404


async def test_a_town_without_logo_and_pictures(tmp_path: Path, clock: Clock) -> None:
    text = TOWN.replace('logo = "logo.svg"', "").replace('pictures = "pictures"', "")
    async with Town(tmp_path, clock, settings=town_settings(tmp_path, free_port(), text)) as town:
        async with town.http.get("/logo") as answer:
            assert answer.status == 404
        page = Html(await (await town.http.get("/")).text())
        assert not any(a.get("src") == "/logo" for _, a in page.tags)
        booking = await town.book()
        assert (await town.boot(booking.path))["pictures"] == []


def test_captions(tmp_path: Path) -> None:
    """A picture without words is shown without; German stands in for a missing language."""
    assert Pictures(None).listed("de") == []
    assert Pictures(tmp_path / "nowhere").listed("de") == []
    for name in ("b.PNG", "a.jpg", "c.exe"):
        (tmp_path / name).write_bytes(b"")
    assert [p["url"] for p in Pictures(tmp_path).listed("de")] == ["/bilder/a.jpg", "/bilder/b.PNG"]
    (tmp_path / "captions.toml").write_text('[[picture]]\nfile = "a.jpg"\nde = "Am Fluss"\n')
    shown = Pictures(tmp_path).listed("en")
    assert shown[0] == {"url": "/bilder/a.jpg", "caption": "Am Fluss", "alt": "Am Fluss"}
    assert shown[1] == {"url": "/bilder/b.PNG", "caption": "", "alt": ""}


def test_the_demos_captions_fit_its_pictures() -> None:
    folder = Path(__file__).parents[2] / "vamt" / "demo" / "pictures"
    listed = tomllib.loads((folder / "captions.toml").read_text("utf-8"))["picture"]
    assert {one["file"] for one in listed} == set(Pictures(folder).files)
    for one in listed:
        assert all(one[key].strip() for key in ("de", "en", "alt_de", "alt_en")), one["file"]


@pytest.mark.parametrize(("language", "word"), [("de", "Daten"), ("en", "data")])
async def test_the_privacy_notice(town: Town, language: str, word: str) -> None:
    page = await town.browser(language).get("/datenschutz")
    assert page.language == language and word in page.headings[0]
    assert "30" in page.words and "Kleinstadt" in page.words


async def test_robots(town: Town) -> None:
    async with town.http.get("/robots.txt") as answer:
        assert answer.content_type == "text/plain"
        lines = (await answer.text()).splitlines()
    assert "Disallow: /termin/" in lines and "Disallow: /amt" in lines


async def test_health(town: Town) -> None:
    for path in ("/healthz", "/readyz"):
        async with town.http.get(path) as answer:
            assert (answer.status, await answer.json()) == (200, {"ok": True})
        async with town.http.head(path) as answer:
            assert answer.status == 200


async def test_not_ready_without_a_database(town: Town) -> None:
    """The process lives, but it says that it cannot serve."""
    file = town.settings.data_folder / "vamt.sqlite"
    for name in (file, *file.parent.glob("vamt.sqlite-*")):
        name.write_bytes(b"this is no database" * 1000)
    async with town.http.get("/healthz") as answer:
        assert answer.status == 200
    async with town.http.get("/readyz") as answer:
        assert answer.status in (500, 503)
        assert "Traceback" not in await answer.text()


async def test_metrics(town: Town) -> None:
    async with town.http.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        text = await answer.text()
    assert re.search(r"^process_cpu_seconds_total \d", text, re.M)


async def test_favicon(town: Town) -> None:
    async with town.http.get("/favicon.ico") as answer:
        assert answer.status == 204
