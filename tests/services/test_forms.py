"""The form that both fill in: begun, written, saved, finished; nothing is lost on the way."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

import pytest

from tests.conftest import PARKING, MakeTown, Town, words
from vamt.booking import DataField, When
from vamt.coform import Entry, Gap
from vamt.errors import Conflict, Invalid
from vamt.mrz import parse
from vamt.services.forms import Forms, Over, Place
from vamt.services.office import citizen_seat, clerk_seat
from vamt.services.vault import CASE
from vamt.states import FORM, FormEvent, Illegal
from vamt.states import Form as State

CLERK, PAGE, DESK_PAGE = "clerk-keller", "a-page-of-the-citizen", "a-page-of-the-clerk"
SECRET = "Marktplatz 17 im zweiten Stock"
FIELDS = (
    DataField("birth_date", words("Geburtsdatum"), kind="date", required=True, ask="talk"),
    DataField("address", words("Adresse"), kind="address"),
    DataField(
        "more",
        words("Mehr"),
        kind="choice",
        choices=(("yes", words("Ja")), ("no", words("Nein"))),
        ask="talk",
    ),
    DataField("what", words("Was"), required=True, when=When("more", ("yes",)), ask="talk"),
)
ASKS = replace(PARKING, fields=FIELDS, steps=("form",))


@pytest.fixture
async def office(make_town: MakeTown) -> Town:
    """A town whose errand asks for a form."""
    town = make_town(services=(ASKS,))
    await town.clerk("keller")
    return town


def follow(town: Town, forms: Forms | None = None, clerk: str = CLERK) -> Place | None:
    """As the switchboard does with every push."""
    places = {}
    for row in town.rows("visits")["visits"]:
        if row["state"] == "open":
            place = Place(row["id"], row["appointment"], clerk)
            places |= {citizen_seat(place.appointment): place, clerk_seat(clerk): place}
    (forms or town.forms).follow(places, {}, date(2026, 6, 15))
    return next(iter(places.values()), None)


async def begun(town: Town) -> str:
    """A visit with an open form; the citizen's seat."""
    mine = await town.visited(CLERK)
    follow(town)
    await town.forms.join(citizen_seat(mine.id), PAGE)
    await town.forms.join(clerk_seat(CLERK), DESK_PAGE)
    return citizen_seat(mine.id)


async def write(
    town: Town, seat: str, number: int, key: str, value: str, base: int = 0
) -> tuple[str, ...]:
    page = PAGE if seat.startswith("citizen") else DESK_PAGE
    entries = await town.forms.edit(seat, page, number, key, value, base)
    return tuple(entry.value for entry in entries)


def restarted(town: Town) -> Forms:
    """The forms of a new process on the same store."""
    return replace(town.forms, live={}, places={}, read={})


async def test_it_begins_by_itself_with_the_visit_and_both_see_each_letter(office: Town) -> None:
    seat = await begun(office)
    assert office.rows("forms")["forms"][0]["state"] == "open"
    (began,) = [row for row in office.rows("history")["history"] if row["machine"] == "form"]
    assert began["by"] == "citizen", "hers was the first page"
    assert await write(office, seat, 1, "address", "M") == ("M",)
    assert await write(office, seat, 2, "address", "Ma") == ("Ma",)
    told = office.form_pages.told
    desk, author = clerk_seat(CLERK), f"{seat}/{PAGE}"
    assert told == [
        ("edited", desk, "address", (Entry("M", 1, author),)),
        ("edited", desk, "address", (Entry("Ma", 2, author),)),
    ]
    assert await write(office, desk, 1, "address", "Markt", 2) == ("Markt",)
    assert told[-1][:3] == ("edited", seat, "address")
    joined = await office.forms.join(seat, PAGE)
    assert (joined.seen, joined.saved, joined.content.value("address")) == (2, 0, "Markt")
    assert (await office.forms.join(seat, "another page of hers")).seen == 0


async def test_the_same_edit_twice_is_told_once_and_a_gap_is_refused(office: Town) -> None:
    seat = await begun(office)
    for _ in range(2):
        assert await write(office, seat, 1, "address", "M") == ("M",)
    assert len(office.form_pages.told) == 1
    with pytest.raises(Gap):
        await write(office, seat, 3, "address", "Mar")


async def test_both_at_once_keep_both_values(office: Town) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "address", "Markt 1")
    assert await write(office, clerk_seat(CLERK), 1, "address", "Markt 2") == ("Markt 1", "Markt 2")
    assert await office.forms.finish(CLERK) == {"birth_date": "missing", "address": "conflict"}


async def test_what_is_written_is_sealed_on_disk_and_the_pages_are_told(office: Town) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "address", SECRET)
    assert office.form_pages.woken == 1
    await office.forms.save()
    assert office.form_pages.told[-1] == ("saved", seat, PAGE, 1)
    assert SECRET.encode() not in b"".join(f.read_bytes() for f in office.file.parent.iterdir())
    before = office.rows("forms")
    await office.forms.save()
    assert office.rows("forms") == before, "nothing new, nothing written"
    forms = restarted(office)
    follow(office, forms)
    joined = await forms.join(seat, PAGE)
    assert (joined.content.value("address"), joined.seen, joined.saved) == (SECRET, 1, 1)


async def test_a_crash_forgets_what_the_page_was_not_told_is_saved(office: Town) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "address", "a")
    await office.forms.save()
    await write(office, seat, 2, "address", "ab")
    forms = restarted(office)
    follow(office, forms)
    joined = await forms.join(seat, PAGE)
    assert (joined.content.value("address"), joined.seen, joined.saved) == ("a", 1, 1)
    await forms.edit(seat, PAGE, 2, "address", "ab", 0)
    assert (await forms.join(seat, PAGE)).content.value("address") == "ab"


async def test_what_is_written_while_it_is_being_saved_is_saved_next(office: Town) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "address", "a")
    pages = office.form_pages
    (live,) = office.forms.live.values()

    async def saved(seat: str, page: str, number: int) -> None:
        pages.told.append(("saved", seat, page, number))
        if number == 1:
            await write(office, seat, 2, "address", "ab")

    pages.saved = saved  # type: ignore[method-assign]
    await office.forms.save()
    assert live.content is not live.stored
    await office.forms.save()
    assert pages.told[-1] == ("saved", seat, PAGE, 2) and live.content is live.stored


async def test_finished_when_nothing_is_wrong_and_opened_again(office: Town) -> None:
    seat, desk = await begun(office), clerk_seat(CLERK)
    await write(office, seat, 1, "birth_date", "1990-02-30")
    await write(office, seat, 2, "more", "yes")
    wrong = {"birth_date": "date", "what": "missing"}
    assert await office.forms.finish(CLERK) == wrong
    assert office.form_pages.told[-2:] == [("faults", desk, wrong), ("faults", seat, wrong)]
    await write(office, desk, 1, "birth_date", " 1990-02-28 ", 2)
    await write(office, desk, 2, "more", "no", 2)
    assert await office.forms.finish(CLERK) == {}
    (row,) = office.rows("forms")["forms"]
    assert (row["state"], row["ended"]) == ("finished", office.clock())
    with pytest.raises(Over):
        await write(office, seat, 3, "address", "zu spät")
    async with office.store.read() as tx:
        assert await office.forms.values(tx, row["visit"]) == {
            "birth_date": "1990-02-28",
            "address": "",
            "more": "no",
        }
    assert (await office.forms.join(seat, PAGE)).content.value("more") == "no", "to read"
    await office.forms.start(CLERK)
    await write(office, seat, 3, "address", "doch noch")
    (row,) = office.rows("forms")["forms"]
    assert (row["state"], row["ended"]) == ("open", None)


async def test_what_she_gave_before_counts_where_nobody_has_written(make_town: MakeTown) -> None:
    fields = tuple(replace(one, required=True, ask="before") for one in FIELDS)
    office = make_town(services=(replace(ASKS, fields=fields),))
    await office.clerk("keller")
    given = {"birth_date": "1990-02-28", "address": "Markt 1", "more": "yes", "what": "Alles"}
    mine = await office.booked()
    await office.office.give(mine.id, given)
    office.clock.now = mine.start
    await office.office.enter(mine.id)
    await office.office.call(CLERK, mine.id)
    await office.office.answer(mine.id)
    follow(office)
    seat = citizen_seat(mine.id)
    await office.forms.join(seat, PAGE)
    unseen = {"more": "missing"}  # nobody has been shown what depends on it
    assert await office.forms.finish(CLERK) == unseen
    await write(office, seat, 1, "address", "")
    assert await office.forms.finish(CLERK) == unseen | {"address": "missing"}, "emptied is empty"
    await write(office, seat, 2, "address", "Markt 2")
    await write(office, seat, 3, "more", "yes")
    assert await office.forms.finish(CLERK) == {}


async def test_values_after_a_restart_come_from_disk(office: Town) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "birth_date", "1990-02-28")
    assert await office.forms.finish(CLERK) == {}
    visit = office.rows("forms")["forms"][0]["visit"]
    async with office.store.read() as tx:
        assert (await restarted(office).values(tx, visit))["birth_date"] == "1990-02-28"
        assert await office.forms.values(tx, "no such visit") == {}


async def test_texts_to_sign_are_filled_with_what_the_form_says(office: Town) -> None:
    seat = await begun(office)
    await office.office.give(seat.removeprefix("citizen:"), {"address": "Markt 1"})
    await write(office, seat, 1, "birth_date", "1990-02-28")
    mine = await office.get(seat.removeprefix("citizen:"))
    visit = office.rows("forms")["forms"][0]["visit"]
    async with office.store.read() as tx:
        said = (await office.forms.answered(tx, visit, mine)).data
        assert said == {"address": "Markt 1", "birth_date": "1990-02-28"}
        await write(office, seat, 2, "address", "Markt 2")
        assert (await office.forms.answered(tx, visit, mine)).data["address"] == "Markt 2"
        await write(office, seat, 3, "address", "  ")
        assert (await office.forms.answered(tx, visit, mine)).data["address"] == "", "emptied"


async def test_who_is_where_and_where_to_look(office: Town) -> None:
    seat, desk = await begun(office), clerk_seat(CLERK)
    await office.forms.focus(seat, "address")
    await office.forms.point(CLERK, "birth_date")
    assert office.form_pages.told == [
        ("focused", desk, "address"),
        ("pointed", seat, "birth_date"),
    ]
    assert (await office.forms.join(desk, DESK_PAGE)).focus == "address"
    assert office.rows("forms")["forms"][0]["content"] is None, "of no interest to the disk"


async def test_an_unknown_field_is_refused(office: Town) -> None:
    seat = await begun(office)
    with pytest.raises(Invalid):
        await write(office, seat, 1, "salary", "much")


async def ended(town: Town) -> None:
    await town.office.end(CLERK)


async def aside(town: Town) -> None:
    mine = town.rows("visits")["visits"][0]["appointment"]
    await town.office.park(CLERK, mine)


@pytest.mark.parametrize(("leave", "state"), [(ended, "closed"), (aside, "open")])
async def test_outside_the_visit_nobody_writes_and_all_is_saved(
    office: Town, leave: Callable[[Town], Awaitable[None]], state: str
) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "address", SECRET)
    visit = office.rows("forms")["forms"][0]["visit"]
    await leave(office)
    follow(office)
    for wanted in (
        write(office, seat, 2, "address", "x"),
        office.forms.focus(seat, "address"),
        office.forms.finish(CLERK),
        office.forms.join(seat, PAGE),
        office.forms.start(CLERK),
    ):
        with pytest.raises(Conflict):
            await wanted
    await office.forms.save()
    follow(office)
    assert office.forms.live == {}
    assert office.rows("forms")["forms"][0]["state"] == state
    async with office.store.read() as tx:
        assert (await office.forms.values(tx, visit))["address"] == SECRET


async def test_a_colleague_goes_on_with_it(office: Town) -> None:
    colleague = await office.clerk("demir")
    seat = await begun(office)
    await write(office, seat, 1, "address", "Markt")
    await office.office.hand_over(CLERK, colleague, "")
    follow(office)
    await office.forms.save()
    await office.office.call(colleague, seat.removeprefix("citizen:"))
    await office.office.answer(seat.removeprefix("citizen:"))
    follow(office, clerk=colleague)
    joined = await office.forms.join(clerk_seat(colleague), "a page of the colleague")
    assert joined.content.value("address") == "Markt"
    with pytest.raises(Conflict):
        await office.forms.join(clerk_seat(CLERK), DESK_PAGE)


async def test_where_the_errand_asks_for_none_the_clerk_may_begin_one(make_town: MakeTown) -> None:
    town = make_town(services=(replace(ASKS, steps=()),))
    await town.clerk("keller")
    mine = await town.visited(CLERK)
    follow(town)
    with pytest.raises(Over):
        await town.forms.join(citizen_seat(mine.id), PAGE)
    for _ in range(2):  # twice is once
        await town.forms.start(CLERK)
    assert (await town.forms.join(citizen_seat(mine.id), PAGE)).fields == FIELDS
    await town.forms.close(CLERK)
    assert [row["state"] for row in town.rows("forms")["forms"]] == ["closed"]


async def test_without_fields_there_is_no_form(make_town: MakeTown) -> None:
    town = make_town(services=(replace(PARKING, steps=("form",)),))
    await town.clerk("keller")
    await town.visited(CLERK)
    follow(town)
    with pytest.raises(Over):
        await town.forms.start(CLERK)
    assert town.rows("forms")["forms"] == []


async def test_it_is_gone_with_the_person(office: Town) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "address", SECRET)
    await office.forms.save()
    await write(office, seat, 2, "address", "and more")
    await office.office.end(CLERK)
    office.clock.go(40 * 86400)
    await office.retention.forget()
    await office.forms.save()  # the latest words come too late, and make no new key
    assert office.rows("forms", "vault_keys") == {"forms": [], "vault_keys": []}
    assert (await office.get(seat.removeprefix("citizen:"))).state == "anonymised"


async def test_what_a_document_said_is_remembered_until_the_visit_is_over(office: Town) -> None:
    await begun(office)
    zone = parse(
        [
            "IDD<<T220001293<<<<<<<<<<<<<<<",
            "6408125<2010315D<<<<<<<<<<<<<4",
            "MUSTERMANN<<ERIKA<<<<<<<<<<<<<",
        ]
    )
    assert zone is not None
    places = dict(office.forms.places)
    place = next(iter(places.values()))
    office.forms.follow(places, {place.appointment: zone}, date(2026, 6, 15))
    office.forms.follow(places, {}, date(2026, 6, 15))
    assert office.forms.read == {place.visit: {"birth_date": "1964-08-12"}}
    office.forms.follow({}, {}, date(2026, 6, 15))
    assert office.forms.read == {}


@pytest.mark.parametrize("event", FormEvent)
@pytest.mark.parametrize("state", State)
async def test_every_pair_of_the_table(office: Town, state: State, event: FormEvent) -> None:
    await begun(office)
    ways = {State.OPEN: None, State.FINISHED: FormEvent.FINISH, State.CLOSED: FormEvent.CLOSE}
    async with office.store.write() as tx:
        (form,) = await tx.forms_of(office.rows("forms")["forms"][0]["visit"])
        if way := ways[state]:
            form = await office.steps.form(tx, form, way, by="tester")
    before = office.rows()
    async with office.store.write() as tx:
        if (state, event) not in FORM.table:
            with pytest.raises(Illegal):
                await office.steps.form(tx, form, event, by="tester")
        else:
            await office.steps.form(tx, form, event, by="tester")
    after = office.rows()
    if (state, event) not in FORM.table:
        assert after == before
        return
    target = FORM.table[state, event].target
    over = None if target is State.OPEN else office.clock()
    assert after["forms"] == [{**before["forms"][0], "state": target, "ended": over}]
    (new,) = after["history"][len(before["history"]) :]
    assert (new["machine"], new["event"], new["new"]) == ("form", event, target)


async def test_a_form_somebody_else_has_changed_is_a_conflict(office: Town) -> None:
    await begun(office)
    visit = office.rows("forms")["forms"][0]["visit"]
    async with office.store.read() as tx:
        form = await tx.form(visit)
    assert form
    await office.forms.close(CLERK)
    async with office.store.write() as tx:
        with pytest.raises(Conflict):
            await office.steps.form(tx, form, FormEvent.FINISH, by="tester")


async def test_the_key_of_the_case_seals_it(office: Town) -> None:
    seat = await begun(office)
    await write(office, seat, 1, "address", SECRET)
    await office.forms.save()
    assert [row["purpose"] for row in office.rows("vault_keys")["vault_keys"]] == [CASE]
