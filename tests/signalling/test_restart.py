"""The server dies at any moment; pages come back with the tokens they have, to the same state."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.signalling.test_relay import to
from tests.web.served import (
    PATIENCE,
    Clock,
    Page,
    QuickHasher,
    Town,
    Visit,
    boot_data,
    free_port,
    visit,
)
from vamt.app import BOARD

LINES = ["Guten Tag", "Hallo", "Eine Frage: 👋"]


async def busy(town: Town) -> tuple[Visit, list[Page], Page]:
    """A visit with a chat, two more waiting, a second desk that is free."""
    met = await visit(town)
    waiting = [await town.citizen(await town.book("rat"), enter=True) for _ in range(2)]
    other = await town.clerk("berta")
    for number, text in enumerate(LINES):
        page = met.clerk if number % 2 else met.citizen
        await page.do("say", {"id": str(number), "text": text})
    await met.citizen.until(lambda s: len(s["chat"]) == 3)
    await waiting[1].until(lambda s: s["queue"] and s["queue"]["position"] == 2)
    await waiting[0].until(lambda s: s["queue"] and s["queue"]["minutes"] == 0)
    await waiting[1].quiet()
    return met, waiting, other


def lasting(state: dict[str, Any]) -> dict[str, Any]:
    """What of a state has to be the same after a restart."""
    kept = {k: state[k] for k in ("state", "epoch", "queue", "chat", "may") if k in state}
    if state["visit"]:
        kept["visit"] = {k: v for k, v in state["visit"].items() if k != "peers"}
        kept["epochs"] = [p["epoch"] for p in state["visit"]["peers"]]
    if "waiting" in state:
        kept["waiting"] = [w["id"] for w in state["waiting"]]
        kept["me"] = state["me"]["state"]
    return kept


async def test_everything_is_as_it_was(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same folder, same port, same tokens: same visit, chat, places; signals pass at once."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    first = await Town(tmp_path, clock).start()
    met, waiting, other = await busy(first)
    pages = [met.citizen, met.clerk, *waiting, other]
    before = [lasting(page.state) for page in pages]
    stored = first.dump()
    await first.crash()
    for page in pages:
        await page.thrown_out()
    clock.forward(5)

    async with Town(tmp_path, clock, port=first.port) as second:
        assert second.dump() == stored
        assert len(second.app[BOARD].circles) >= 2  # who talks to whom, before anybody is back
        again = [await second.connect(p.namespace, p.boot["seat"]) for p in pages]
        # the very first thing both do is to signal
        citizen, clerk = again[0], again[1]
        sdp = {"type": "offer", "sdp": "x"}
        await clerk.do("signal", to(met.citizen, description=sdp))
        await citizen.do("signal", to(met.clerk, description=sdp))
        assert (await citizen.heard())[0]["description"] == sdp
        assert (await clerk.heard())[0]["epoch"] == met.citizen.boot["epoch"]
        for page, was in zip(again, before, strict=True):
            await page.until(lambda s, was=was: lasting(s) == was)
        assert [line["text"] for line in citizen.state["chat"]] == LINES
        await citizen.until(lambda s: all(p["online"] for p in s["visit"]["peers"]))
        # and work goes on
        await citizen.do("say", {"id": "0", "text": "zum zweiten Mal gesendet"})
        await citizen.do("say", {"id": "new", "text": "Noch da?"})
        await clerk.until(lambda s: [c["text"] for c in s["chat"]] == [*LINES, "Noch da?"])
        await clerk.do("end")
        await citizen.until(lambda s: s["state"] == "finished")
        called = await again[4].do("call")
        assert called["appointment"] == waiting[0].booking.id
        await again[3].until(lambda s: s["queue"] and s["queue"]["position"] == 1)
    for page in pages:
        await page.close()


async def test_nobody_counts_as_gone_right_after_a_restart(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the pages are back, the places are kept, and the next is still called."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    first = await Town(tmp_path, clock).start()
    page = await first.citizen(await first.book(), enter=True)
    clerk = await first.clerk()
    await first.crash()
    async with Town(tmp_path, clock, port=first.port) as second:
        desk = await second.connect("/desk", clerk.boot["seat"])
        state = await desk.until(lambda s: s["waiting"])
        assert not state["waiting"][0]["online"]
        assert (await desk.do("call"))["appointment"] == page.booking.id
        back = await second.connect("/citizen", page.boot["seat"])
        await back.until(lambda s: s["state"] == "called")
    await page.close()
    await clerk.close()


async def test_older_pages_stay_out_after_a_restart(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    first = await Town(tmp_path, clock).start()
    booking = await first.book()
    old = await first.citizen(booking)
    new = await first.citizen(booking)
    await old.thrown_out()
    await first.crash()
    async with Town(tmp_path, clock, port=first.port) as second:
        refusal = await second.refused("/citizen", {"seat": old.boot["seat"]})
        assert refusal["error"] == "replaced"
        await second.connect("/citizen", new.boot["seat"])
    await old.close()
    await new.close()


class Process:
    """`vamt demo` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.facts: dict[str, Any] = {}

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "vamt",
            "demo",
            "--json",
            "--port",
            str(self.port),
            "--data",
            str(self.folder / "data"),
        ]
        self.log = (self.folder / "log.txt").open("a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        assert self.process.stdout is not None
        self.facts = json.loads(self.process.stdout.readline())

    def kill(self, number: int = signal.SIGKILL) -> int:
        self.process.send_signal(number)
        status = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()
        return status


async def boot(http: aiohttp.ClientSession, path: str) -> dict[str, Any]:
    async with http.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return boot_data(await answer.text())


@pytest.mark.timeout(180)
async def test_killed_in_the_middle(tmp_path: Path) -> None:
    """The real thing, SIGKILL: what was acknowledged is there again, and no fault in the log."""
    server = Process(tmp_path)
    server.start()
    pages: list[Page] = []
    try:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(server.url, cookie_jar=jar) as http:
            async with http.get("/api/v1/services/beratung/slots") as answer:
                slots = await answer.json()
            links = []
            for number in range(3):
                wish = {
                    "service": "beratung",
                    "start": slots[number]["start"],
                    "name": f"Gast {'ABC'[number]}",
                    "email": f"gast{number}@example.org",
                }
                async with http.post("/api/v1/appointments", json=wish) as answer:
                    links.append("/termin/" + (await answer.json())["link"].rpartition("/")[2])
            one = server.facts["clerks"][0]
            async with http.post(
                "/amt/anmelden", data={"user": one["user"], "password": one["password"]}
            ) as answer:
                assert answer.status == 200 and answer.url.path == "/amt"
            seats = [("/citizen", (await boot(http, link))["seat"]) for link in links]
            seats.append(("/desk", (await boot(http, "/amt"))["seat"]))
        for namespace, seat in seats:
            page = Page(server.url, namespace)
            await page.connect({"seat": seat})
            pages.append(page)
        citizens, clerk = pages[:3], pages[3]
        for page in citizens:
            await page.do("enter")
        await clerk.do("call")
        await citizens[0].do("answer")
        await citizens[0].do("say", {"id": "1", "text": "Guten Tag"})
        await clerk.do("say", {"id": "2", "text": "die letzte Zeile"})
        server.kill()  # the very moment it was acknowledged

        for page in pages:
            await page.thrown_out()
            await page.close()
        server.start()
        again = []
        for namespace, seat in seats:
            page = Page(server.url, namespace)
            await page.connect({"seat": seat})
            pages.append(page)
            again.append(page)
        state = await again[0].until(lambda s: s["state"] == "in_visit", PATIENCE)
        assert [line["text"] for line in state["chat"]] == ["Guten Tag", "die letzte Zeile"]
        await again[1].until(lambda s: s["queue"] and s["queue"]["position"] == 1)
        await again[2].until(lambda s: s["queue"] and s["queue"]["position"] == 2)
        await again[3].until(lambda s: s["visit"] and s["visit"]["state"] == "open")
        await again[3].do("signal", to(again[0], description={"sdp": "x"}))
        await again[0].heard()
        await again[3].do("end")
        await again[0].until(lambda s: s["state"] == "finished")
    finally:
        for page in pages:
            await page.close()
        if server.process.poll() is None:
            status = server.kill(signal.SIGTERM)
            assert status == 0
    log = (tmp_path / "log.txt").read_text()
    assert "Traceback" not in log and "error" not in log.lower(), log
    assert os.stat(tmp_path / "data" / "secret.key").st_mode & 0o077 == 0
