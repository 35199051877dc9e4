"""Whatever arrives: a clear message, never a stack trace, nothing changed; headers that harden;
other sites' pages refused; nothing personal in the log."""

import gzip
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.web.pages import Html
from tests.web.served import (
    Answer,
    Clock,
    QuickHasher,
    Town,
    failure,
    free_port,
    raw,
    town_settings,
    visit,
)
from vamt import app as office
from vamt.seats import Links
from vamt.web.guard import CSP

EMOJI = "👩🏽‍💻"
SOURCE = re.compile(r"\.pyc?(?![\w-])")  # a file of ours; a link's token may well have ".py91aF"
SCRIPT = "<script>alert(1)</script>"


def unclear(answer: Answer, language: str) -> str:
    """What is wrong with the answer; '' when a person can understand it."""
    if answer.status >= 500:
        return "a fault of ours"
    text = answer.body.decode("utf-8", "replace")
    if any(sign in text for sign in ("Traceback", 'File "', "aiohttp.")) or SOURCE.search(text):
        return "shows its inside"
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status < 400:
        return ""
    if kind == "application/json":
        try:
            failure(json.loads(text))
        except AssertionError as wrong:
            return f"not the error shape: {wrong}"
        german = any(word in text.lower() for word in GERMAN)
        return "" if german == (language == "de") else f"not in {language}: {text}"
    if kind == "text/html":
        page = Html(text)
        if page.language != language:
            return f"in {page.language!r}, not {language!r}"
        if not any(page.headings):
            return "says nothing"
        return ""
    return f"neither page nor JSON: {kind} {text[:100]}"


GERMAN = (
    " bitte",
    "bitte ",
    " nicht",
    " ist ",
    " kann",
    " zu ",
    "diese",
    "wir ",
    "keine ",
    "ihre ",
)


@dataclass
class Case:
    """One wrong request and the statuses that are right for it."""

    method: str
    path: str | bytes
    right: tuple[int, ...]
    headers: dict[str, str | bytes] = field(default_factory=dict)
    body: bytes | None = None


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}

WRONG_STARTS = [
    "",
    "x",
    "2026-11-23",
    "2026-11-23T09:00:00",  # which zone?
    "2026-11-23T09:01:00%2B01:00",  # not a slot
    "2026-11-20T09:00:00%2B01:00",  # past
    "2026-11-22T09:00:00%2B01:00",  # a Sunday
    "2026-11-23T08:59:59%2B01:00",
    "2027-11-22T09:00:00%2B01:00",  # too far ahead
    "0001-01-01T00:00:00%2B23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30T09:00:00%2B01:00",
    "2026-11-23T09:00:00%2B99:00",
    "-2026-11-23T09:00:00%2B01:00",
    "99999999999999999999",
    "%EF%BC%92026-11-23T09:00:00%2B01:00",  # a full-width 2
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "%F0%9F%98%80",
    "2026-11-23T09:00:00%2B01:00%00",
    "9" * 10000,
]

BROKEN_BODIES: list[tuple[dict[str, str | bytes], bytes]] = [
    (JSON, b'{"start": "2026-11-23T09:00:00+01:00", "service": "rat"}'),
    ({"Content-Type": "text/plain"}, b"start=2026-11-23T09:00:00%2B01:00"),
    ({"Content-Type": "multipart/form-data"}, b"--x\r\n"),
    ({"Content-Type": "multipart/form-data; boundary="}, b"--\r\n\r\n"),
    ({"Content-Type": "multipart/form-data; boundary=" + "x" * 100}, b"--x\r\n"),
    ({"Content-Type": "multipart/form-data; boundary=x"}, b""),
    ({"Content-Type": "multipart/form-data; boundary=x"}, b"no boundary at all"),
    ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nContent-Disp"),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"\r\n\r\nabc',
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"; filename="a.exe"\r\n'
        b"Content-Type: text/plain\r\n\r\nabc\r\n--x--\r\n",
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n%%%%a\r\n--x--\r\n",
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"\r\n'
        b"Content-Transfer-Encoding: strange\r\n\r\nabc\r\n--x--\r\n",
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"\r\n'
        b"Content-Type: text/plain; charset=strange\r\n\r\nabc\r\n--x--\r\n",
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\xff\xfe\r\n--x--\r\n",
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"\r\n\r\n\xff\xfe\r\n--x--\r\n',
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n"
        b"--y\r\n\r\nabc\r\n--y--\r\n--x--\r\n",
    ),
    (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="start"\r\nbroken header\r\n\r\n'
        b"abc\r\n--x--\r\n",
    ),
    (FORM, b"\xff\xfe\x00"),
    (FORM, b"start=\xff"),
    (FORM, b"&&&===&start&=start&%&%zz&start=%zz"),
    (FORM, b"&".join(b"a%d=1" % i for i in range(5000))),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=strange"}, b"start=a"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=hex"}, b"start=a"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=undefined"}, b"start=a"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-16"}, b"start=a"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"}, b"start=+2AA-"),
    (
        {"Content-Type": "application/x-www-form-urlencoded; charset=unicode_escape"},
        b"start=\\ud800&user=\\ud800&password=\\ud800&name=\\ud800&birth_date=\\ud800&service=\\ud800",
    ),
    ({"Content-Type": "\xff\x00;;;="}, b"start=a"),
    ({**FORM, "Content-Encoding": "gzip"}, b"this is not gzip"),
    ({**FORM, "Content-Encoding": "gzip"}, gzip.compress(b"start=abc")[:-9]),
    ({**FORM, "Content-Encoding": "deflate"}, b"\xff\xff\xff"),
    ({**FORM, "Content-Encoding": "strange"}, b"start=a"),
    ({**FORM, "Transfer-Encoding": "chunked"}, b"zz\r\nabc\r\n0\r\n\r\n"),
    ({**FORM, "Content-Length": "-1"}, b"start=a"),
    ({**FORM, "Content-Length": "abc"}, b"start=a"),
    (FORM, b"start=" + b"9" * 1_000_000),
    ({**FORM, "Content-Encoding": "gzip"}, gzip.compress(b"start=" + b"9" * 20_000_000)),
]

BROKEN_HEADERS: list[dict[str, str | bytes]] = [
    {"Cookie": ";;;===;hold;=x;hold="},
    {"Cookie": "hold=abc; vamt=abc; lang=xx; __Host-vamt=abc"},
    {"Cookie": f"lang={SCRIPT}; hold={SCRIPT}; vamt={SCRIPT}"},
    {"Cookie": b"hold=\xff\xfe; vamt=\xff\xfe; lang=\xff"},
    {"Cookie": f"hold={EMOJI}; vamt={EMOJI}; lang={EMOJI}"},
    {"Cookie": 'hold="\\377\\000"; vamt="\\377\\000\\"; lang="\\000"'},
    {"Cookie": "hold=" + "x" * 7000},
    {"Cookie": "vamt=" + "." * 7000},
    {"X-Forwarded-For": SCRIPT, "X-Forwarded-Proto": "\t", "Forwarded": "for=;;"},
    {"Range": "bytes=-1-2", "If-Modified-Since": "x", "If-None-Match": "\xff"},
    {"Accept-Encoding": "gzip;q=x, \x01"[:12], "Accept": "<>"},
    {"Host": "["},
    {"Host": "a" * 300},
    {"Host": "::::"},
    {"Expect": "strange"},
    {"Upgrade": "websocket", "Connection": "Upgrade"},
]

GARBAGE = [
    "%00",
    "%FF%FE",
    "%ED%A0%80",
    "%C0%AE%C0%AE",
    "%",
    "%zz",
    "%F0%9F%98%80",
    "%3Cscript%3E",
    "%0d%0aX-Evil:%201",
    "..%2f..%2fetc%2fpasswd",
    "..%5c..%5c",
    "a" * 4000,
    ".",
    "~",
    "null",
    "-1",
]


def wrong_requests(town: Town, token: str, other: str, id: str) -> Iterator[Case]:
    """Everything that can be wrong without a body, then the bodies."""
    link = f"/termin/{token}"
    forged = [
        token[:-1],
        token + "x",
        token.swapcase(),
        token.replace(".", ""),
        token.rpartition(".")[0],
        "." + token,
        token.partition(".")[0] + "." + other.partition(".")[2],  # her id, another's signature
        Links(b"x" * 32).token(id),  # another town's key
        town.app[office.LINKS].token("nobody-has-this-id"),
        town.app[office.LINKS].hold_cookie(id),  # signed by us, for another purpose
        SCRIPT.replace("/", "%2F"),
        *GARBAGE,
    ]
    for wrong in forged:
        dots = wrong == "."
        for below in ("", "/kalender.ics", "/verschieben"):
            yield Case("GET", f"/termin/{wrong}{below}", (400, 404))
        for below in ("/angaben", "/absagen"):
            right = (400, 404, 405) if dots else (400, 404)
            yield Case("POST", f"/termin/{wrong}{below}", right, FORM, b"start=x")
    for path in (
        "/nirgends",
        "//nirgends",
        "/termin",
        "/termin/",
        f"{link}/nirgends",
        f"{link}/kalender.ics/x",
        "/.env",
        "/wp-login.php",
        "/static",
        "/static/",
        "/bilder/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/services",
        "/%EF%BC%8E",
        *(f"/{g}" for g in GARBAGE if g not in (".",)),
        *(f"/bilder/{g}" for g in GARBAGE),
        *(f"/static/{g}/css/app.css%00" for g in GARBAGE),
        *(f"/static/x/{g}" for g in GARBAGE),
        *(f"/api/v1/{g}" for g in GARBAGE),
        *(f"/api/v1/services/{g}/slots" for g in GARBAGE),
    ):
        yield Case("GET", path, (400, 404))
    yield Case("GET", "/é🙂".encode() + b"\xff", (400, 404))
    for path in (
        "/",
        "/termine",
        "/buchen",
        link,
        "/amt",
        "/healthz",
        "/api/v1/services",
        "/nirgends",
        "/bilder/markt.svg",
        "/static/x/css/app.css",
    ):
        for method in ("PUT", "PATCH", "TRACE", "PROPFIND", "OPTIONS"):
            yield Case(method, path, (404, 405), FORM, b"")
    for path in ("/", link, "/amt", "/healthz", "/api/v1/services", "/town.css"):
        yield Case("POST", path, (405,), FORM, b"a=b")
        yield Case("DELETE", path, (405,))
    for path in (f"{link}/angaben", "/amt/abmelden"):
        yield Case("GET", path, (405,))
    for g in GARBAGE:
        yield Case("GET", f"/termine?service={g}", (400, 404))
        for path in ("/?", "/buchen?", f"{link}?", "/termine?service=einzeln&", "/amt/anmelden?"):
            yield Case("GET", f"{path}from={g}&{g}={g}&neu={g}", (200, 303, 400))
        for path in ("/?", f"{link}/verschieben?", "/datenschutz?"):
            yield Case("GET", f"{path}lang={g}&x={g}", (303, 400))
    for day in ("0000-00-00", "0001-01-01", "9999-12-31", "-1", "2026-13-01", "2026-11-23T00:00"):
        yield Case("GET", f"/termine?service=rat&from={day}", (200,))
        yield Case("GET", f"{link}/verschieben?from={day}", (200,))
    for headers in BROKEN_HEADERS:
        for path in ("/", "/buchen", "/amt", link, "/api/v1/services", "/town.css", "/nirgends"):
            yield Case("GET", path, (200, 303, 400, 404, 417), headers)
        for path in ("/termine", "/buchen", "/amt/anmelden", "/amt/abmelden"):
            yield Case(
                "POST", path, (303, 400, 403, 404, 417, 422, 429), {**FORM, **headers}, b"start=x"
            )
    for start in WRONG_STARTS:
        yield Case("POST", "/termine", (409, 422), FORM, f"service=rat&start={start}".encode())
        yield Case("POST", f"{link}/verschieben", (409, 422), FORM, f"start={start}".encode())
    for g in GARBAGE:
        body = f"service={g}&start=2026-11-23T09:00:00%2B01:00".encode()
        yield Case("POST", "/termine", (404,), FORM, body)
        yield Case("POST", f"{link}/angaben", (422,), FORM, f"{g}={g}".encode())
        yield Case("POST", f"{link}/angaben", (422,), FORM, f"birth_date={g}".encode())
        yield Case("POST", f"{link}/angaben", (422,), FORM, f"purpose={g}".encode())
        body = f"user={g}&password={g}".encode()
        yield Case("POST", "/amt/anmelden", (403, 429), FORM, body)
    for headers, body in BROKEN_BODIES:
        for path in ("/termine", "/buchen", f"{link}/verschieben", "/amt/anmelden"):
            yield Case("POST", path, (400, 403, 404, 409, 413, 415, 422, 429), headers, body)


async def test_nothing_wrong_gets_through(town: Town) -> None:
    """Hundreds of wrong requests in both languages: a clear refusal each, nothing changed."""
    booking, other = await town.book("ausweis"), await town.book("rat")
    before = town.dump()
    problems = []
    for number, case in enumerate(wrong_requests(town, booking.token, other.token, booking.id)):
        language = ("de", "en")[number % 2]
        try:
            asked = {"Accept-Language": language, "Cookie": f"lang={language}", **case.headers}
            answer = await raw(town, case.method, case.path, asked, case.body)
        except Exception as e:
            problems.append(f"{e!r} {case}")
            continue
        wrong = unclear(answer, language)
        if answer.status not in case.right:
            wrong = f"{answer.status}, not {case.right} {wrong}"
        # what the HTTP parser itself refuses never reaches the town's pages
        parser = answer.status in (400, 417)
        if parser and answer.headers.get("content-type", "").startswith("text/plain"):
            wrong = "" if "Traceback" not in answer.text else "shows its inside"
        if wrong:
            where = case.path if len(case.path) < 90 else f"{case.path[:90]!r}..."
            problems.append(
                f"{case.method} {where!r} {case.headers} {(case.body or b'')[:90]!r}: {wrong}"
            )
    assert not problems, "\n".join([f"{len(problems)} problems", *problems])
    assert town.dump() == before


BROKEN_ORIGINS = ["http://[", "http://[::1", "https://a:b:c", "null", "\xff"]


async def test_a_broken_origin_is_a_foreign_one(town: Town) -> None:
    for origin in BROKEN_ORIGINS:
        answer = await raw(
            town, "POST", "/amt/anmelden", {**FORM, "Origin": origin.encode("latin-1")}, b"user=a"
        )
        assert answer.status == 403
        assert not unclear(answer, "de")


# --- other sites


OTHER_SITES = [
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),  # another host of the town is another host
    ({"Sec-Fetch-Site": "strange"}, False),
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),  # typed or from a bookmark
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "http://127.0.0.1:1"}, False),  # another port is another origin
    ({"Origin": "{own}"}, True),
    ({}, True),  # an old browser, a script: neither carries another site's cookies
    ({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, False),
]


async def test_other_sites_cannot_make_her_browser_act(town: Town) -> None:
    for headers, allowed in OTHER_SITES:
        booking = await town.book()
        session = await town.sign_in()
        before, sessions = town.dump(), len(town.rows("select * from sessions"))
        headers = {key: value.format(own=town.url) for key, value in headers.items()}
        async with town.http.post(
            f"{booking.path}/absagen", headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == (303 if allowed else 403)
            if not allowed:
                assert Html(await answer.text()).headings
        async with town.http.post(
            "/amt/abmelden",
            headers={**headers, "Cookie": f"vamt={session}"},
            allow_redirects=False,
        ) as answer:
            assert answer.status == (303 if allowed else 403)
        if allowed:
            assert town.appointment(booking.id)["state"] == "cancelled", headers
            assert len(town.rows("select * from sessions")) == sessions - 1
        else:
            assert town.dump() == before


async def test_the_api_is_for_programs_too(town: Town) -> None:
    """No Origin, no cookie: welcome. A foreign page: refused, in the JSON shape."""
    start = (await town.free())[0]
    body = {"service": "rat", "start": start, "name": "Ada", "email": "ada@example.org"}
    async with town.http.post(
        "/api/v1/appointments", json=body, headers={"Origin": "https://evil.example"}
    ) as answer:
        assert answer.status == 403
        assert failure(await answer.json())["error"] == "not_allowed"
    assert not town.rows("select * from appointments")
    async with town.http.post("/api/v1/appointments", json=body) as answer:
        assert answer.status == 201


OTHER_HOSTS = [
    "//evil.example/?lang=de",
    "/\\evil.example/?lang=en",
    "//evil.example?lang=de",
    "/%2F/evil.example?lang=de",
    "///evil.example/?lang=de&x=1",
]


async def test_the_language_switch_leads_to_no_other_host(town: Town) -> None:
    for path in OTHER_HOSTS:
        answer = await raw(town, "GET", path)
        place = answer.headers.get("location", "/")
        assert place.startswith("/") and not place.startswith(("//", "/\\")), place
        answer = await raw(town, "GET", path.replace("lang=", "wish="))
        for address, _ in Html(answer.text).links:
            assert not address.startswith(("//", "/\\")), address


# --- headers and cookies


async def test_the_policy_is_strict(town: Town) -> None:
    """Exactly this policy; whoever loosens it has to change it here, too."""
    assert CSP == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    booking = await town.book()
    for path in (
        "/",
        "/termine?service=rat",
        booking.path,
        "/amt/anmelden",
        "/nirgends",
        "/api/v1/services",
        "/api/v1/nirgends",
        "/town.css",
        "/healthz",
        "/datenschutz",
        "/postfach",
        f"{booking.path}/kalender.ics",
        f"{booking.path}/handy.svg",
        "/socket.io/?EIO=4&transport=polling",
        "/static/x/css/app.css",
    ):
        async with town.http.get(path) as answer:
            headers = answer.headers
            assert headers["Content-Security-Policy"] == CSP, path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "same-origin", path
            assert "Strict-Transport-Security" not in headers, path
            assert "unsafe" not in headers["Content-Security-Policy"]
    async with town.http.get("/logo") as answer:  # a picture may style itself, and do nothing else
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        )


async def test_pages_obey_the_policy(town: Town) -> None:
    """No inline script, style or handler, nothing from another host."""
    booking = await town.book("ausweis")
    for path in (
        "/",
        "/termine?service=rat",
        booking.path,
        f"{booking.path}/absagen",
        f"{booking.path}/verschieben",
        "/amt/anmelden",
        "/datenschutz",
        "/postfach",
    ):
        async with town.http.get(path) as answer:
            page = Html(await answer.text())
        for tag, attributes in page.tags:
            assert "style" not in attributes, (path, tag, attributes)
            assert not [key for key in attributes if key.startswith("on")], (path, attributes)
            if tag == "script":
                assert "src" in attributes or attributes["type"] == "application/json", attributes
            assert tag != "style", path
            loads = attributes.get("src", "") or (
                attributes.get("href", "") if tag == "link" else ""
            )
            assert not loads.startswith(("http", "//")), (path, loads)


async def test_personal_pages_are_kept_nowhere(town: Town) -> None:
    booking = await town.book()
    for path in (
        booking.path,
        f"{booking.path}/kalender.ics",
        f"{booking.path}/handy.svg",
        "/amt/anmelden",
        "/api/v1/services",
        "/termine?service=rat",
    ):
        async with town.http.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store", path


def morsels(answer: Any) -> SimpleCookie:
    found: SimpleCookie = SimpleCookie()
    for line in answer.headers.getall("Set-Cookie", ()):
        found.load(line)
    return found


async def test_cookies_of_a_town_with_https(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secure, HttpOnly, SameSite; the session's name binds it to this host."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    settings = town_settings(tmp_path, free_port(), public_url="https://amt.example")
    async with Town(tmp_path, clock, settings=settings) as town:
        await town.hire()
        form = {"user": "anna", "password": "geheimes wort anna"}
        async with town.http.post("/amt/anmelden", data=form, allow_redirects=False) as answer:
            session = morsels(answer)["__Host-vamt"]
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        assert session["secure"] and session["httponly"] and session["samesite"] == "Lax"
        assert session["path"] == "/" and not session["domain"]
        form = {"service": "rat", "start": (await town.free())[0]}
        async with town.http.post("/termine", data=form, allow_redirects=False) as answer:
            hold = morsels(answer)["hold"]
        assert hold["secure"] and hold["httponly"] and hold["samesite"] == "Lax"
        async with town.http.get("/?lang=en", allow_redirects=False) as answer:
            assert morsels(answer)["lang"]["secure"]
        headers = {"Cookie": f"__Host-vamt={session.value}"}
        async with town.http.get("/amt", headers=headers) as answer:
            assert answer.status == 200
        headers = {"Cookie": f"vamt={session.value}"}  # the other name is not looked at
        async with town.http.get("/amt", headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303
        booking = await town.book()
        assert booking.link.startswith("https://amt.example/termin/")


async def test_cookies_of_the_demo(town: Town) -> None:
    """Without https they are not Secure, or the browser would drop them."""
    await town.hire()
    form = {"user": "anna", "password": "geheimes wort anna"}
    async with town.http.post("/amt/anmelden", data=form, allow_redirects=False) as answer:
        session = morsels(answer)["vamt"]
    assert not session["secure"] and session["httponly"] and session["samesite"] == "Lax"


# --- the log


async def test_the_log_names_nobody(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A whole visit, with mistakes: no token, name, address or text of a chat in any line."""
    caplog.set_level(logging.WARNING)  # as `vamt.serve` sets it for the libraries
    secret = {
        "Zacharias Geheim",
        "zacharias@geheim.example",
        "+49 171 9998887",
        "1977-07-07",
        "Flüsterwort",
        "geheimes wort anna",
    }
    with capture_logs() as logs:
        booking = await town.book(
            "ausweis",
            name="Zacharias Geheim",
            email="zacharias@geheim.example",
            phone="+49 171 9998887",
        )
        secret |= {booking.token, booking.link}
        browser = town.browser()
        for path in (
            booking.path,
            f"{booking.path}/kalender.ics",
            f"{booking.path}/handy.svg",
            f"{booking.path}x",
            f"{booking.path}/verschieben",
            "/postfach",
        ):
            await browser.get(path)
        await browser.get(booking.path)
        await browser.submit(browser.page.form("birth_date"), birth_date="1977-07-07")
        async with town.http.get(
            f"/api/v1/appointments/{booking.id}", headers=booking.bearer
        ) as answer:
            assert answer.status == 200
        met = await visit(town, booking=booking)
        secret |= {met.citizen.boot["seat"], met.clerk.boot["seat"], met.clerk.session}
        await met.citizen.do("say", {"id": "1", "text": "Flüsterwort"})
        await met.citizen.fails("say", {"id": "2", "text": "Flüsterwort", "secret": "Flüsterwort"})
        await met.citizen.fails("Flüsterwort")
        await met.citizen.fails("signal", {"to": "citizen", "to_epoch": 1, "connection": "1a"})
        await town.refused("/citizen", {"seat": booking.token})
        async with town.http.post(
            "/amt/anmelden", data={"user": "anna", "password": "geheimes wort ann"}
        ) as answer:
            assert answer.status == 403
        await met.clerk.do("hand_over", {"clerk": await town.hire("berta"), "note": "Flüsterwort"})
        await met.citizen.quiet()
    lines = [repr(entry) for entry in logs] + [
        f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in caplog.records
    ]
    assert len(logs) > 10
    for line in lines:
        for word in secret:
            assert word not in line, line


# --- haste


async def test_nobody_books_faster_than_people_do(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes from one address are paced, reading is not; a minute later it goes on."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    settings = town_settings(tmp_path, free_port(), changes_per_minute=10)
    async with Town(tmp_path, clock, settings=settings) as town:
        booking = await town.book()
        before = town.dump()
        statuses = []
        for _ in range(12):
            async with town.http.post(f"{booking.path}/verschieben", data={"start": "x"}) as answer:
                statuses.append(answer.status)
        assert statuses == [409] * 9 + [429] * 3  # the booking was the first of ten
        async with town.http.post(
            "/api/v1/appointments", json={}, headers={"Accept-Language": "en"}
        ) as answer:
            assert answer.status == 429
            assert failure(await answer.json())["error"] == "too_fast"
        for _ in range(30):
            async with town.http.get(booking.path) as answer:
                assert answer.status == 200
        assert town.dump() == before
        page = await town.citizen(booking)  # a call never counts as haste
        await page.do("enter")
        clock.forward(6)
        async with town.http.post(f"{booking.path}/verschieben", data={"start": "x"}) as answer:
            assert answer.status == 409
