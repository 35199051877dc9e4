"""Notices: written with the step they tell of, one for each receiver, tried until taken."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.conftest import BERLIN, DAY, MakeTown, Town
from tests.services import test_fees as fees
from vamt.errors import NotFound
from vamt.identity import Result
from vamt.notices import RETRIES, Delivery, Kind, Receiver
from vamt.services.facts import Facts
from vamt.services.notices import BATCH, KEEP, Notices
from vamt.states import AppointmentEvent, CheckEvent

CLERK = "clerk-keller"
ALL, CASE = Receiver("all"), Receiver("case", (Kind.CANCELLED,), person=True)


@pytest.fixture(autouse=True)
async def _desk(town: Town) -> None:
    await town.clerk("keller")


@pytest.fixture
def notices(town: Town) -> Notices:
    return Notices(town.store, town.clock, town.ids, lambda: 0.0, Facts(BERLIN), (ALL, CASE))


async def told(notices: Notices, receiver: Receiver = ALL) -> list[dict[str, Any]]:
    """The messages that are due, as the receiver reads them."""
    await notices.address()
    return [
        msgspec.json.decode(await notices.message(one, person=receiver.person))
        for one in await notices.due(receiver.name)
    ]


async def one_due(notices: Notices) -> Delivery:
    await notices.address()
    return (await notices.due("all"))[0]


async def test_a_booking_is_told_with_ids_only(town: Town, notices: Notices) -> None:
    mine = await town.booked()
    assert await told(notices) == [
        {
            "type": "appointment.booked",
            "version": 1,
            "timestamp": "2026-06-15T07:00:00+02:00",
            "data": {
                "appointment": {
                    "id": mine.id,
                    "service": mine.service,
                    "also": [],
                    "start": Facts(BERLIN).time(mine.start),
                    "end": Facts(BERLIN).time(mine.end),
                    "state": "confirmed",
                }
            },
        }
    ]
    assert await told(notices, CASE) == []


async def test_a_whole_visit_is_told_in_its_order(town: Town, notices: Notices) -> None:
    mine, check = await town.check_allowed(CLERK)
    async with town.store.write() as tx:
        await town.steps.check(
            tx, check, CheckEvent.JUDGE, mine.id, by=CLERK, result=Result.GENUINE, reason="secret"
        )
    brought = await town.documents.bring(mine.id, "Mietvertrag Müller.pdf", b"x")
    await town.documents.accept(CLERK, brought)
    await town.documents.hand(CLERK, mine.id, "Bescheid Müller.pdf", b"y")
    town.clock.go(60)
    await town.office.end(CLERK)
    found = await told(notices)
    assert [one["type"] for one in found] == [
        "appointment.booked",
        "check.judged",
        "document.accepted",
        "document.handed",
        "visit.ended",
    ]
    assert all(one["data"]["appointment"]["id"] == mine.id for one in found)
    assert found[1]["data"]["check"]["result"] == "genuine"
    assert found[2]["data"]["document"]["source"] == "citizen"
    assert found[3]["data"]["document"]["source"] == "desk"
    ended = found[4]["data"]
    assert ended["visit"]["clerk"] == CLERK and ended["visit"]["answered"]
    assert ended["appointment"]["state"] == "finished"
    text = msgspec.json.encode(found).decode()
    for words in (mine.name, mine.email, "Müller", "secret", "person"):
        assert words not in text


async def test_who_is_to_know_the_case_reads_it_until_the_person_is_forgotten(
    town: Town, notices: Notices
) -> None:
    mine = await town.booked("anmeldung")
    await town.office.give(mine.id, {"address": "Am Markt 1", "moved": "", "kind": "new"})
    await town.bookings.cancel(mine.id)
    (cancelled,) = await told(notices, CASE)
    assert cancelled["data"]["person"] == {
        "name": mine.name,
        "email": mine.email,
        "phone": mine.phone,
        "language": mine.language,
        "answers": {"address": "Am Markt 1", "moved": "", "kind": "new"},
    }
    town.clock.go(60 * DAY)
    assert await town.retention.forget() == 1
    (cancelled,) = await told(notices, CASE)
    assert "person" not in cancelled["data"]
    assert cancelled["data"]["appointment"]["state"] == "anonymised"


async def test_a_fee_is_told_when_it_is_paid_or_waived(make_town: MakeTown) -> None:
    town = make_town(services=(fees.PARKING, fees.REGISTER))
    notices = Notices(town.store, town.clock, town.ids, lambda: 0.0, Facts(BERLIN), (ALL,))
    _, id = await fees.paid(town)
    charge = (await told(notices))[-1]
    assert charge["type"] == "charge.paid" and charge["data"]["charge"] == {
        "id": id,
        "service": "parken",
        "channel": "electronic",
        "state": "paid",
        "cents": 3070,
        "reference": (await fees.stored(town, id)).reference,
        "means": "clerk",
        "settled": charge["timestamp"],
    }
    await town.office.end(CLERK)
    town.clock.go(60)
    await town.visited(CLERK)
    await town.fees.waive(CLERK, "parken", "is poor")
    waived = (await told(notices))[-1]
    assert waived["type"] == "charge.waived" and "poor" not in str(waived)


async def test_what_is_undone_is_not_told(town: Town, notices: Notices) -> None:
    mine = await town.booked()
    with pytest.raises(ZeroDivisionError):
        async with town.store.write() as tx:
            await town.steps.appointment(tx, mine, AppointmentEvent.CANCEL, by="citizen")
            raise ZeroDivisionError
    assert [one["type"] for one in await told(notices)] == ["appointment.booked"]


async def test_a_new_process_finds_what_the_old_one_has_not_sent(
    town: Town, notices: Notices
) -> None:
    await town.booked()
    again = replace(notices)
    assert len(await told(again)) == 1
    before = await one_due(again)
    assert (await one_due(replace(notices))).id == before.id, "the receiver can tell"


async def test_without_receivers_nothing_is_kept(town: Town, notices: Notices) -> None:
    await town.booked()
    await replace(notices, receivers=()).address()
    await notices.address()
    assert town.rows("notices", "deliveries") == {"notices": [], "deliveries": []}


async def test_what_was_taken_is_not_sent_again(town: Town, notices: Notices) -> None:
    await town.booked()
    await notices.sent(await one_due(notices))
    town.clock.go(10 * DAY)
    assert await told(notices) == [] and await notices.waiting() == {"all": 0, "case": 0}


async def test_it_is_tried_with_growing_pauses_and_then_given_up(
    town: Town, notices: Notices
) -> None:
    await town.booked()
    for pause in RETRIES:
        await notices.refused(await one_due(notices), "HTTP 500")
        town.clock.go(pause - 1)
        assert await notices.due("all") == []
        assert await notices.waiting() == {"all": 1, "case": 0}
        town.clock.go(1)
    await notices.refused(await one_due(notices), "HTTP 500" * 100)
    town.clock.go(100 * DAY)
    assert await notices.due("all") == []
    (dead,) = await notices.given_up()
    assert dead.tries == len(RETRIES) + 1 and len(dead.error) == 300
    assert await notices.waiting() == {"all": 0, "case": 0}


async def test_what_was_given_up_can_be_sent_again_with_all_its_tries(
    town: Town, notices: Notices
) -> None:
    await town.booked()
    first = await one_due(notices)
    await notices.refused(first, "HTTP 410", for_good=True)
    assert await notices.due("all") == [] and len(await notices.given_up()) == 1
    await notices.again(first.id)
    await notices.again(first.id)  # a second click
    once_more = await one_due(notices)
    assert (once_more.id, once_more.tries, once_more.given_up) == (first.id, 0, None)
    await notices.sent(once_more)
    await notices.again(first.id)
    assert await notices.due("all") == [], "what was taken is not sent again"
    for id in ("msg_unknown", ""):
        with pytest.raises(NotFound):
            await notices.again(id)
    with pytest.raises(NotFound):
        await replace(notices, receivers=(CASE,)).again(first.id)


async def test_what_is_deleted_meanwhile_cannot_be_told(town: Town, notices: Notices) -> None:
    mine = await town.visited(CLERK)
    await town.documents.hand(CLERK, mine.id, "Bescheid.pdf", b"y")
    await notices.address()
    handed = next(one for one in await notices.due("all") if one.kind is Kind.HANDED)
    async with town.store.write() as tx:
        await tx.forget_documents(mine.id)
    with pytest.raises(NotFound):
        await notices.message(handed, person=False)


async def test_many_are_told_in_their_order(town: Town, notices: Notices) -> None:
    booked: list[str] = []
    for _ in range(BATCH + 2):
        booked.append((await town.booked()).id)
        town.clock.go(1)
    await notices.address()
    rounds = []
    while batch := await notices.due("all"):
        rounds.append([one.subject for one in batch])
        for one in batch:
            await notices.sent(one)
    assert [len(one) for one in rounds] == [BATCH, 2] and sum(rounds, []) == booked


async def test_after_a_month_deliveries_are_forgotten_but_not_those_on_their_way(
    town: Town, notices: Notices
) -> None:
    for _ in range(3):
        await town.booked()
    await notices.address()
    taken, dead, waiting = await notices.due("all")
    await notices.sent(taken)
    await notices.refused(dead, "HTTP 410", for_good=True)
    town.clock.go(KEEP + 1)
    await notices.forget()
    assert [row["id"] for row in town.rows("deliveries")["deliveries"]] == [waiting.id]
