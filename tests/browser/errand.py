"""A whole Meldebescheinigung by two people in real browsers, from the booking to the sealed paper.

Each step notes what the two did with their hands, so that the bench can say how long people take
for it. The times of a person are those of the keystroke-level model (Card, Moran and Newell 1980):
a key, a pointing with its click, a decision, reading. What the machine makes them wait is measured:
from the press, as the browser notes it, until what it brings is on the screen or has loaded. The
robot's aiming before the press is in no browser of a person and is not counted.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.people import Office, Person, grows, sign_in, until
from tests.uploads.files import picture

KEY = {"phone": 0.5, "desktop": 0.28}  # seconds a key
POINT = 1.1  # seconds to reach something and press it
THINK = 1.35  # seconds a decision
WORD = 60 / 240  # seconds a word that is read
LOOK = 0.025  # seconds between two looks whether something is there
TELL_PRESSES = """addEventListener('click', (event) => {
    if (event.isTrusted) window.pressedAt(performance.timeOrigin + event.timeStamp);
}, true);"""
NAME, BIRTH, ADDRESS = "Ayşe Yılmaz", "1990-02-03", "Marktplatz 3, 73599 Amselfingen"


@dataclass
class Tally:
    """What one person did in one step, and how long the machine kept her waiting."""

    points: int = 0
    keys: int = 0
    decisions: int = 0
    words: int = 0
    waited: float = 0.0  # seconds, measured

    @property
    def actions(self) -> int:
        """What she has to do: something pressed, or a field filled."""
        return self.points

    def human(self, key: float) -> float:
        """Seconds a person takes."""
        return self.points * POINT + self.keys * key + self.decisions * THINK + self.words * WORD


@dataclass
class Hands:
    """A person at her device: acts, and notes it under the step that goes on."""

    person: Person
    device: str  # phone | desktop
    steps: dict[str, Tally] = field(default_factory=dict)
    now: Tally = field(default_factory=Tally)
    presses: list[float] = field(default_factory=list)  # Unix seconds, as the browser notes them

    async def note_presses(self) -> None:
        """From her next page on."""
        context = self.person.context
        await context.expose_function("pressedAt", lambda ms: self.presses.append(ms / 1000))
        await context.add_init_script(TELL_PRESSES)

    @property
    def page(self) -> Any:
        """Her page."""
        return self.person.page

    def step(self, name: str) -> None:
        """From now on everything belongs to this step."""
        self.now = self.steps.setdefault(name, Tally())

    async def press(self, what: str | Any, *, decide: bool = False) -> None:
        """Press a button (by its name) or anything else, after a decision or at once."""
        self.now.points += 1
        self.now.decisions += decide
        await (self.person.button(what) if isinstance(what, str) else what).click()

    async def write(self, label: str | Any, text: str, keys: int | None = None) -> None:
        """Fill a field: pointing at it, then the keys (those of a date are less than its value)."""
        self.now.points += 1
        self.now.keys += len(text) if keys is None else keys
        await (self.page.get_by_label(label) if isinstance(label, str) else label).fill(text)

    async def read(self, what: Any) -> None:
        """Read a text on the screen."""
        self.now.words += len((await what.first.inner_text()).split())


def _content(file: Path) -> bytes:
    return file.read_bytes()


async def seen(what: Any) -> None:
    """Wait until it is to be seen. Playwright's own wait looks twice a second only."""
    await until(what.is_visible, f"{what} to be seen", pause=LOOK)


@dataclass
class Errand:
    """Citizen and clerk, and what came out."""

    citizen: Hands
    clerk: Hands
    office: Office
    paper: bytes = b""

    def step(self, name: str) -> None:
        """Both begin a step."""
        self.citizen.step(name)
        self.clerk.step(name)

    @asynccontextmanager
    async def waits(self, who: Hands) -> AsyncIterator[None]:
        """`who` waits for the machine: from the first press of the two to the end of this."""
        begun = time.time()
        yield
        ended = time.time()
        presses = (at for hands in (self.citizen, self.clerk) for at in hands.presses)
        who.now.waited += ended - min((at for at in presses if at > begun), default=begun)

    async def run(self, folder: Path) -> bytes:
        """The whole errand; returns the certificate as she has saved it."""
        for hands in (self.citizen, self.clerk):
            await hands.note_presses()
        await sign_in(self.clerk.person, self.office)
        await self.book()
        await self.enter()
        await self.meet()
        await self.identify()
        await self.fill_in()
        await self.upload(folder)
        await self.sign()
        await self.pay()
        await self.take()
        await self.part()
        return self.paper

    async def book(self) -> None:
        """An errand, a time, who she is."""
        self.step("choose")
        she, page = self.citizen, self.citizen.page
        await page.goto(f"{self.office.url}/")
        await she.press(page.locator("label[for=service-meldebescheinigung]"), decide=True)
        async with self.waits(she):
            await she.press("Termin buchen")
            await page.wait_for_url("**/termine**")
        await she.press(page.locator("label.slot, label.choice__label").first, decide=True)
        async with self.waits(she):
            await she.press("Weiter")
            await page.wait_for_url("**/buchen**")
        self.step("book")
        await she.write("Vorname und Nachname", NAME)
        await she.write("E-Mail", "ayse@example.org")
        await she.press(page.get_by_label("Sprache für das Gespräch"))
        await page.get_by_label("Sprache für das Gespräch").select_option("tr")
        async with self.waits(she):
            await she.press("Verbindlich buchen")
            await page.wait_for_url("**/termin/**")

    async def enter(self) -> None:
        """Her data, her camera, the waiting room."""
        self.step("enter")
        she, page = self.citizen, self.citizen.page
        await she.write("Doğum tarihi", BIRTH, keys=8)
        await she.write("Adresiniz", ADDRESS)
        async with self.waits(she):
            await she.press(page.get_by_role("button", name="speichern"))
            await seen(page.get_by_role("button", name="Angaben ändern"))
        async with self.waits(she):
            await she.press("Kamera und Ton testen")
            await seen(page.get_by_test_id("local-video"))
        async with self.waits(she):
            await she.press("Warteraum betreten")
            await seen(page.get_by_role("heading", name="Warteraum"))

    async def meet(self) -> None:
        """She is called and accepts; both see and hear each other."""
        self.step("meet")
        she, clerk = self.citizen, self.clerk
        async with self.waits(she):
            await clerk.press("Nächste Person aufrufen")
            await seen(she.person.button("Annehmen"))
        async with self.waits(she):
            await she.press("Annehmen")
            await asyncio.gather(*(self._sees(one) for one in (she, clerk)))
        for one in (she, clerk):
            await grows(one.person, "framesDecoded", "totalAudioEnergy")

    async def _sees(self, one: Hands) -> None:
        """Wait until one sees the other."""
        video = one.page.get_by_test_id("remote-video")

        async def moving() -> bool:
            frames = "v => v.getVideoPlaybackQuality().totalVideoFrames"
            return await video.is_visible() and await video.evaluate(frames) > 0

        await until(moving, "a picture of the other", pause=LOOK)

    async def identify(self) -> None:
        """Her document, taken by the town's server and judged by the clerk."""
        self.step("identity")
        she, clerk = self.citizen, self.clerk
        agree = she.person.button("Ich stimme zu")
        async with self.waits(she):
            await clerk.press(clerk.page.get_by_role("button", name="Ausweis prüfen"))
            await seen(agree)
        await she.read(she.page.locator("[data-part=card-question]"))
        async with self.waits(clerk):  # she holds it before the camera meanwhile
            await she.press("Ich stimme zu", decide=True)
            await clerk.page.get_by_text("Die Bilder sind aufgenommen.").wait_for(timeout=90_000)
        self.step("judge")
        for box in await clerk.page.locator("[data-part=check-items] input").all():
            await clerk.press(box, decide=True)
            await until(box.is_checked, "the tick to come back from the office")
        async with self.waits(clerk):
            await clerk.press(clerk.page.get_by_role("button", name="Geprüft"), decide=True)
            await seen(clerk.page.get_by_text("hat vorgelegen und wurde geprüft").first)

    async def fill_in(self) -> None:
        """The form, in German at the desk and in Turkish on her page."""
        self.step("form")
        she, clerk = self.citizen, self.clerk
        async with self.waits(she):  # it opens on her page as soon as the clerk goes into a field
            await clerk.press(clerk.page.locator("#desk-form-purpose"))
            await seen(she.page.locator("#form-purpose"))
        await she.read(she.page.locator("[data-part=form] [data-part=form-lead]"))
        await she.press(she.page.locator("[data-part=form] [data-part=form-all]"), decide=True)
        for key, value in (("birth_date", BIRTH), ("address", ADDRESS)):  # told before, offered now
            await self._stands(f"#desk-form-{key}", value)
        label = she.page.locator("label[for=form-purpose]")
        await she.read(label)
        assert "Belgeye ne için" in await label.inner_text()
        assert "Wofür brauchen Sie" in await label.inner_text()
        await she.press(she.page.locator("#form-purpose"), decide=True)
        async with self.waits(clerk):
            await she.page.locator("#form-purpose").select_option("bank")
            await self._stands("#desk-form-purpose", "bank")
        async with self.waits(clerk):
            await clerk.press("Formular abschließen", decide=True)
            await seen(clerk.page.get_by_text("Das Formular ist fertig."))
        await she.press(she.page.locator("[data-part=form-fold]"))

    async def _stands(self, control: str, value: str) -> None:
        """Wait until a control at the desk has this value."""

        async def there() -> bool:
            return bool(await self.clerk.page.locator(control).input_value() == value)

        await until(there, f"{value!r} in {control} at the desk", pause=LOOK)

    async def upload(self, folder: Path) -> None:
        """A photo of a paper; the clerk looks at it and accepts it."""
        self.step("documents")
        she, clerk = self.citizen, self.clerk
        photo = folder / "Vollmacht.jpg"
        photo.write_bytes(picture(size=(1600, 1200)))
        await she.press(she.page.locator("[data-part=documents-open]"))
        she.now.points += 2  # the choice of the phone, and the photo in it
        async with self.waits(clerk):
            await she.page.locator("#documents-file").set_input_files(photo)
            await seen(clerk.page.locator(".desk-documents").get_by_text("Vollmacht").first)
        await self._close("documents-dialog")
        await clerk.press(clerk.page.locator(".desk-documents [data-part=document-look]").first)
        async with self.waits(clerk):
            await clerk.press(clerk.page.locator("[data-part=pages-accept]"), decide=True)
            await seen(clerk.page.get_by_text("Angenommen").first)

    async def _close(self, name: str) -> None:
        """Close a dialog on her page."""
        dialog = self.citizen.page.locator(f"[data-part={name}]")
        await self.citizen.press(dialog.get_by_role("button", name="Schließen", exact=True))

    async def sign(self) -> None:
        """The declaration that the errand brings along."""
        self.step("signature")
        she, clerk = self.citizen, self.clerk
        await clerk.press("Unterschreiben")
        async with self.waits(she):
            await clerk.press("Um die Unterschrift bitten", decide=True)
            await seen(she.page.get_by_role("heading", name="Bitte unterschreiben"))
        await she.read(she.page.locator("[data-part=sign-text]"))
        await self._draw()
        async with self.waits(she):
            await she.press("Unterschreiben", decide=True)
            await seen(she.page.get_by_role("heading", name="Danke, das ist unterschrieben"))
        await she.press("Zurück zum Gespräch")

    async def _draw(self) -> None:
        """A name by finger, about two seconds."""
        box = await self.citizen.page.get_by_role(
            "img", name="Feld zum Unterschreiben"
        ).bounding_box()
        mouse = self.citizen.page.mouse
        left, middle = box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2
        await mouse.move(left, middle)
        await mouse.down()
        for step in range(1, 31):
            await mouse.move(left + 5 * step, middle + 30 * math.sin(step / 3))
        await mouse.up()
        self.citizen.now.points += 2

    async def pay(self) -> None:
        """The fee of the paper way, by GiroCode; the clerk sees that it has come."""
        self.step("fee")
        she, clerk = self.citizen, self.clerk
        await clerk.press(
            clerk.page.locator(".desk-fee__ways").get_by_text("auf Papier"), decide=True
        )
        async with self.waits(she):
            await clerk.press("Gebühr anfordern")
            await seen(she.person.button("Bezahlen"))
        code = she.page.locator("[data-part=fee-qr]")

        async def drawn() -> bool:
            return bool(await code.evaluate("i => i.complete && i.naturalWidth > 0"))

        async with self.waits(she):
            await she.press("Bezahlen")
            await until(drawn, "the GiroCode", pause=LOOK)
        async with self.waits(clerk):
            await she.press("Ich habe überwiesen oder tue es jetzt gleich", decide=True)
            await seen(clerk.page.locator(".desk-fee [data-part=fee-confirm-row]"))
        await self._close("fees-dialog")
        await clerk.press(clerk.page.get_by_text("Das Geld ist da"))
        async with self.waits(clerk):
            await clerk.press("Ja, es ist bezahlt", decide=True)
            await seen(clerk.page.locator(".desk-fee[data-state=paid]"))

    async def take(self) -> None:
        """The certificate, made and sealed at the desk, in her hands."""
        self.step("handover")
        she, clerk = self.citizen, self.clerk
        papers = she.page.locator("[data-part=documents-dialog] li")
        row = papers.filter(has_text="Meldebescheinigung")
        paper = row.get_by_role("link", name="Speichern")
        async with self.waits(she):
            await clerk.press("Meldebescheinigung ausstellen", decide=True)
            await seen(clerk.page.locator(".desk-documents").get_by_text("Meldebescheinigung"))
            await she.press(she.page.locator("[data-part=documents-open]"))
            await seen(paper)
        async with self.waits(she):
            async with she.page.expect_download() as download:
                await she.press(paper)
            self.paper = _content(await (await download.value).path())
        await self._close("documents-dialog")

    async def part(self) -> None:
        """The end."""
        self.step("end")
        she, clerk = self.citizen, self.clerk
        await clerk.press(clerk.page.get_by_role("button", name="Besuch beenden"), decide=True)
        async with self.waits(she):
            await clerk.press("Ja, Besuch beenden")
            await seen(she.page.get_by_text("Vielen Dank").first)
