"""The export folder: a finished case is there whole or not at all, once, for its owner only."""

import asyncio
import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BERLIN, DAY, MakeTown, Town
from tests.services.test_forms import ASKS, begun, write
from tests.services.test_signatures import CLERK, ID, TITLE, signed
from vamt.couriers import Courier
from vamt.errors import NotFound, VamtError
from vamt.export import CaseFolder
from vamt.interfaces import ExportConf
from vamt.notices import RETRIES, Delivery
from vamt.services.cases import Cases
from vamt.services.facts import Facts
from vamt.services.notices import Notices
from vamt.signature import Signed

PAPER = b"%PDF-1.7 a paper"


async def paper(one: Signed) -> bytes:
    """Prints as quickly as a test needs."""
    return PAPER + one.citizen.encode()


@pytest.fixture(autouse=True)
async def _desk(town: Town) -> None:
    await town.clerk("keller")


@pytest.fixture
def export(town: Town, tmp_path: Path) -> CaseFolder:
    folder = tmp_path / "ausgabe"
    folder.mkdir(0o700)
    cases = Cases(
        *(town.store, town.clock, Facts(BERLIN), town.signatures, town.documents, town.forms),
        town="Stadt Kleinstadt",
        services=(),
    )
    return CaseFolder(folder, tmp_path / "export.lock", cases, paper)


@pytest.fixture
def courier(town: Town, export: CaseFolder) -> Courier:
    receivers = (ExportConf(folder="ausgabe").receiver(),)
    notices = Notices(town.store, town.clock, town.ids, lambda: 0.0, Facts(BERLIN), receivers)
    return Courier("export", notices, export, town.clock)


async def deliver(courier: Courier) -> int:
    await courier.notices.address()
    return await courier.deliver()


async def one_case(town: Town) -> str:
    """The id of an appointment with a signature and three documents, which is over."""
    mine = await signed(town)
    await town.documents.bring(mine, "Mietvertrag.pdf", b"first")
    again = await town.documents.bring(mine, "Zu dunkel.pdf", b"second")
    await town.documents.again(CLERK, again, "zu dunkel")
    back = await town.documents.bring(mine, "Falsch.pdf", b"third")
    await town.documents.take_back(mine, back)
    await town.documents.hand(CLERK, mine, "Bescheid.pdf", b"fourth")
    await town.office.end(CLERK)
    return mine


async def delivery(courier: Courier) -> Delivery:
    """The one that is due."""
    await courier.notices.address()
    (found,) = await courier.notices.due("export")
    return found


def written(export: CaseFolder) -> Path:
    (only,) = export.folder.iterdir()
    return only


def told(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((case / "case.json").read_bytes())
    return found


async def test_a_case_has_its_facts_its_papers_and_its_documents(
    town: Town, courier: Courier, export: CaseFolder
) -> None:
    mine = await town.get(await one_case(town))
    assert await deliver(courier) == 1
    case, facts = written(export), told(written(export))
    assert case.name == f"2026-06-15_parken_{facts['id']}"
    assert (facts["version"], facts["town"], facts["clerk"]) == (1, "Stadt Kleinstadt", "Keller")
    assert facts["appointment"]["id"] == mine.id and facts["appointment"]["state"] == "finished"
    assert facts["person"]["name"] == mine.name and facts["person"]["email"] == mine.email
    assert [one["id"] for one in facts["signatures"]] == [ID] and facts["checks"] == []
    assert facts["form"] is None
    names = {one["name"]: one["title"] for one in facts["files"]}
    assert names == {
        "signed-1.pdf": TITLE,
        "brought-1.jpg": "Mietvertrag",
        "handed-1.jpg": "Bescheid",
    }
    assert {file.name for file in case.iterdir()} == {"case.json", *names}
    for one in facts["files"]:
        data = (case / one["name"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(data).hexdigest() and one["bytes"] == len(data)
    assert (case / "signed-1.pdf").read_bytes() == PAPER + mine.name.encode()


@pytest.mark.parametrize(("group", "modes"), [(False, (0o700, 0o600)), (True, (0o770, 0o640))])
async def test_nobody_else_may_look(
    town: Town, courier: Courier, export: CaseFolder, group: bool, modes: tuple[int, int]
) -> None:
    courier.hand_over = replace(export, group=group)
    before = os.umask(0)
    try:
        await one_case(town)
        await deliver(courier)
    finally:
        os.umask(before)
    case = written(export)
    assert case.stat().st_mode & 0o777 == modes[0]
    assert {file.stat().st_mode & 0o777 for file in case.iterdir()} == {modes[1]}


async def test_a_case_is_written_once(town: Town, courier: Courier, export: CaseFolder) -> None:
    await one_case(town)
    found = await delivery(courier)
    await export(found)
    case = written(export)
    before = (case / "case.json").read_bytes()
    town.clock.go(60)
    await export(found)
    assert written(export) == case and (case / "case.json").read_bytes() == before


async def test_what_is_not_finished_or_not_wanted_is_not_written(
    town: Town, courier: Courier, export: CaseFolder
) -> None:
    mine = await town.called(CLERK)
    await town.office.end(CLERK)  # she never came
    assert await deliver(courier) == 1
    await town.visited(CLERK)
    await town.office.end(CLERK)
    courier.hand_over = replace(export, cases=replace(export.cases, services=("anmeldung",)))
    assert await deliver(courier) == 1
    assert (await town.get(mine.id)).state == "missed" and list(export.folder.iterdir()) == []


async def test_a_crash_in_the_middle_leaves_nothing_that_is_seen(
    town: Town, courier: Courier, export: CaseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between two files: the next one begins anew and tidies up."""
    await one_case(town)
    with monkeypatch.context() as dying:
        dying.setattr("vamt.export.shutil.rmtree", lambda *_: None)  # a dead one tidies nothing
        writes, put = iter(range(2)), CaseFolder._put

        def stop(self: CaseFolder, file: Path, data: bytes) -> None:
            if next(writes, None) is None:
                raise asyncio.CancelledError
            put(self, file, data)

        dying.setattr(CaseFolder, "_put", stop)
        with pytest.raises(asyncio.CancelledError):
            await deliver(courier)
    (left,) = export.folder.iterdir()
    assert left.name.startswith(".") and len(list(left.iterdir())) == 2
    assert await deliver(courier) == 1
    assert len(list(written(export).iterdir())) == 4 and not written(export).name.startswith(".")


async def test_a_full_disk_leaves_nothing_and_is_tried_again(
    town: Town, courier: Courier, export: CaseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_case(town)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr("vamt.export.os.fsync", full)
        assert await deliver(courier) == 0
    assert list(export.folder.iterdir()) == []
    (row,) = town.rows("deliveries")["deliveries"]
    assert "No space left on device" in row["error"]
    town.clock.go(RETRIES[0])
    assert await deliver(courier) == 1 and written(export)


async def test_a_folder_that_is_missing_is_not_made(
    town: Town, courier: Courier, export: CaseFolder
) -> None:
    """It may be a disk that is not mounted."""
    export.folder.rmdir()
    await one_case(town)
    assert await deliver(courier) == 0 and not export.folder.exists()
    export.folder.mkdir()
    town.clock.go(RETRIES[0])
    assert await deliver(courier) == 1


async def test_a_paper_that_cannot_be_made_is_told_by_its_key(
    town: Town, courier: Courier, export: CaseFolder
) -> None:
    async def no_paper(_: Signed) -> bytes:
        raise VamtError("with a name in it", key="no_timestamp")

    courier.hand_over = replace(export, print=no_paper)
    await one_case(town)
    assert await deliver(courier) == 0
    (row,) = town.rows("deliveries")["deliveries"]
    assert row["error"] == "a paper cannot be made: no_timestamp"
    assert list(export.folder.iterdir()) == []


async def test_who_is_forgotten_is_not_written_any_more(
    town: Town, courier: Courier, export: CaseFolder
) -> None:
    await one_case(town)
    found = await delivery(courier)
    town.clock.go(40 * DAY)
    assert await town.retention.forget() == 1
    with pytest.raises(NotFound):
        await export(found)
    assert await deliver(courier) == 1 and list(export.folder.iterdir()) == []
    (dead,) = await courier.notices.given_up()
    assert "deleted" in dead.error


async def test_what_stands_in_the_form_is_in_the_case(
    make_town: MakeTown, courier: Courier, export: CaseFolder
) -> None:
    town = make_town(services=(ASKS,))
    seat = await begun(town)
    await write(town, seat, 1, "birth_date", "2001-02-03")
    await write(town, seat, 2, "address", "Am Markt 1")
    assert await town.forms.finish(CLERK) == {}
    await town.office.end(CLERK)
    await courier.notices.address()
    (found,) = await courier.notices.due("export")
    await replace(export, cases=replace(export.cases, forms=town.forms))(found)
    form = told(written(export))["form"]
    assert form["state"] == "finished"
    assert form["values"]["birth_date"] == "2001-02-03" and form["values"]["address"]


async def test_two_at_once_write_one(town: Town, courier: Courier, export: CaseFolder) -> None:
    await one_case(town)
    found = await delivery(courier)
    await asyncio.gather(*(export(found) for _ in range(5)))
    assert len(list(written(export).iterdir())) == 4
