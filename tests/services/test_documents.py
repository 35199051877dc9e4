"""Documents: brought, judged, taken back, handed over; sealed, and gone with the person."""

from collections.abc import Awaitable, Callable

import pytest

from tests.conftest import Town
from vamt import documents
from vamt.documents import MOST_FILES, Document, Unfit
from vamt.errors import Conflict, Invalid, NotAllowed, NotFound
from vamt.services.documents import FILE, preview
from vamt.states import DOCUMENT, DocumentEvent, Illegal
from vamt.states import Document as State

CLERK, COLLEAGUE = "clerk-keller", "clerk-demir"
MARK = b"A marker that must not stay"


@pytest.fixture(autouse=True)
async def _desks(town: Town) -> None:
    await town.clerk("keller")
    await town.clerk("demir")


async def stored(town: Town, id: str) -> Document:
    async with town.store.read() as tx:
        found = await tx.document(id)
    assert found
    return found


async def arrived(town: Town) -> tuple[str, str]:
    """The ids of an appointment in a visit and of a document."""
    mine = await town.visited(CLERK)
    return mine.id, await town.documents.bring(mine.id, "Mietvertrag.pdf", MARK)


async def accepted(town: Town) -> tuple[str, str]:
    mine, id = await arrived(town)
    await town.documents.accept(CLERK, id)
    return mine, id


async def again(town: Town) -> tuple[str, str]:
    mine, id = await arrived(town)
    await town.documents.again(CLERK, id, "Zu dunkel")
    return mine, id


async def taken_back(town: Town) -> tuple[str, str]:
    mine, id = await arrived(town)
    await town.documents.take_back(mine, id)
    return mine, id


async def handed(town: Town) -> tuple[str, str]:
    mine = await town.visited(CLERK)
    return mine.id, await town.documents.hand(CLERK, mine.id, "Bescheid.pdf", MARK)


WAYS: dict[State, Callable[[Town], Awaitable[tuple[str, str]]]] = {
    State.ARRIVED: arrived,
    State.ACCEPTED: accepted,
    State.AGAIN: again,
    State.TAKEN_BACK: taken_back,
    State.HANDED: handed,
}


@pytest.mark.parametrize("event", DocumentEvent)
@pytest.mark.parametrize("state", WAYS)
async def test_every_pair_of_the_table(town: Town, state: State, event: DocumentEvent) -> None:
    _, id = await WAYS[state](town)
    before = await stored(town, id)
    assert before.state is state
    if not DOCUMENT.allows(state, event):
        with pytest.raises(Illegal):
            async with town.store.write() as tx:
                await town.steps.document(tx, before, event, by="test")
        assert await stored(town, id) == before
        return
    async with town.store.write() as tx:
        await town.steps.document(tx, before, event, by="test")
    assert (await stored(town, id)).state is DOCUMENT.table[state, event].target
    if DOCUMENT.table[state, event].target is state:
        return
    with pytest.raises(Conflict):  # another hand was faster
        async with town.store.write() as tx:
            await town.steps.document(tx, before, event, by="test")


async def test_it_comes_before_any_visit_and_both_sides_read_it(town: Town) -> None:
    mine = await town.booked()
    id = await town.documents.bring(mine.id, "C:\\Bilder\\Ausweis.heic", MARK)
    found, data = await town.documents.for_citizen(mine.id, id, FILE)
    assert (found.title, found.file_name) == ("Ausweis", "Ausweis.jpg")
    assert (data, found.size) == (b"clean " + MARK, len(data))
    with pytest.raises(NotAllowed):
        await town.documents.for_desk(CLERK, mine.id, id, FILE)
    called = await town.visited(CLERK)
    hers = await town.documents.bring(called.id, "x.png", MARK)
    _, small = await town.documents.for_desk(CLERK, called.id, hers, preview(1))
    assert small == b"small " + MARK
    with pytest.raises(NotAllowed):
        await town.documents.for_desk(COLLEAGUE, called.id, hers, FILE)
    for appointment, document in ((mine.id, hers), (called.id, id), (called.id, "none")):
        with pytest.raises(NotFound):
            await town.documents.for_citizen(appointment, document, FILE)
    with pytest.raises(NotFound):
        await town.documents.for_citizen(called.id, hers, preview(2))


async def test_nothing_of_it_is_readable_on_disk_and_taken_back_it_is_gone(town: Town) -> None:
    mine, id = await arrived(town)
    assert MARK not in town.file.read_bytes()
    assert len(town.rows("document_parts")["document_parts"]) == 2
    await town.documents.take_back(mine, id)
    await town.documents.take_back(mine, id)  # twice is once
    gone = await stored(town, id)
    assert (gone.key, gone.title, gone.shown) == (None, "", False)
    assert town.rows("document_parts")["document_parts"] == []
    with pytest.raises(NotFound):
        await town.documents.for_citizen(mine, id, FILE)


async def test_what_is_accepted_cannot_be_taken_back(town: Town) -> None:
    mine, id = await accepted(town)
    await town.documents.accept(CLERK, id)  # twice is once
    with pytest.raises(Illegal):
        await town.documents.take_back(mine, id)


async def test_asked_for_again_needs_a_reason_that_she_reads(town: Town) -> None:
    _, id = await arrived(town)
    for reason in (" ", "x" * 301, "half \ud800"):
        with pytest.raises(Invalid):
            await town.documents.again(CLERK, id, reason)
    await town.documents.again(CLERK, id, " Zu  dunkel ")
    assert (await stored(town, id)).reason == "Zu dunkel"
    await town.documents.accept(CLERK, id)
    assert (await stored(town, id)).reason == ""


async def test_only_the_desk_with_the_visit_judges_and_hands_over(town: Town) -> None:
    mine, id = await arrived(town)
    with pytest.raises(Conflict):
        await town.documents.accept(COLLEAGUE, id)
    with pytest.raises(Conflict):
        await town.documents.hand(COLLEAGUE, mine, "x.pdf", MARK)
    given = await town.documents.hand(CLERK, mine, "x.pdf", MARK)
    with pytest.raises(NotFound):  # each side takes back its own only
        await town.documents.take_back(mine, given)
    with pytest.raises(NotFound):
        await town.documents.withdraw(CLERK, id)
    await town.documents.withdraw(CLERK, given)
    assert not (await stored(town, given)).shown


async def test_a_signed_file_of_the_desk_stays_as_it_came(town: Town) -> None:
    mine, _ = await handed(town)
    given = await town.documents.hand(CLERK, mine, "Bescheid.pdf", b"signed " + MARK)
    _, data = await town.documents.for_citizen(mine, given, FILE)
    assert data == b"signed " + MARK
    brought = await town.documents.bring(mine, "Bescheid.pdf", b"signed " + MARK)
    _, data = await town.documents.for_citizen(mine, brought, FILE)
    assert data != b"signed " + MARK, "what she brings is made anew all the same"
    with pytest.raises(Unfit) as refused:
        await town.documents.hand(CLERK, mine, "Bescheid.pdf", b"signed acting")
    assert refused.value.key == "file_acting"


async def test_there_is_an_end_to_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = await town.booked()
    ids = [await town.documents.bring(mine.id, f"{n}.pdf", MARK) for n in range(MOST_FILES)]
    with pytest.raises(Conflict) as refused:
        await town.documents.bring(mine.id, "one more.pdf", MARK)
    assert refused.value.key == "too_many_files"
    await town.documents.take_back(mine.id, ids[0])
    monkeypatch.setattr(documents, "TOTAL_SIZE", 10)
    with pytest.raises(Conflict) as refused:
        await town.documents.bring(mine.id, "too large.pdf", MARK)
    assert refused.value.key == "files_too_large"


async def test_a_broken_file_changes_nothing_and_the_visit_goes_on(town: Town) -> None:
    mine = await town.visited(CLERK)
    before = town.rows()
    with pytest.raises(Unfit):
        await town.documents.bring(mine.id, "x.pdf", b"bad")
    assert town.rows() == before


async def test_after_the_visit_nothing_is_sent_but_what_was_given_is_there(town: Town) -> None:
    mine, id = await handed(town)
    await town.office.end(CLERK)
    with pytest.raises(Conflict):
        await town.documents.bring(mine, "late.pdf", MARK)
    assert (await town.documents.for_citizen(mine, id, FILE))[1]


@pytest.mark.parametrize("way", ["cancelled", "forgotten"])
async def test_all_goes_with_the_appointment(town: Town, way: str) -> None:
    if way == "cancelled":
        mine = (await town.booked()).id
        await town.documents.bring(mine, "x.pdf", MARK)
        await town.bookings.cancel(mine)
    else:
        await arrived(town)
        await town.office.end(CLERK)
        town.clock.go(400 * 86400)
        await town.retention.forget()
    assert town.rows("documents", "document_parts") == {"documents": [], "document_parts": []}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("a.pdf", "a"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\Foto 1.JPG", "Foto 1"),
        ("\u202egpj.exe\0", "gpj"),
        (".pdf", ""),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_title_is_made_of_the_name(name: str, title: str) -> None:
    assert documents.check_title(name) == title
