"""The form over the wire: from one page to the other, in two languages, and to nobody else."""

from typing import Any

import structlog

from tests.web.served import Page, Town, failure, visit
from vamt.allowance import Allowance
from vamt.app import BOARD, FORMS

HERS, DESKS = "page-of-the-citizen", "page-of-the-clerk-1"


async def open_form(town: Town, language: str = "tr") -> tuple[Page, Page]:
    """Citizen and clerk with an open form; both have asked how it stands."""
    booking = await town.book("ausweis", language=language)
    citizen = await town.citizen(booking)
    await citizen.do("give", {"values": {"birth_date": "1990-02-28"}})
    await citizen.close()
    met = await visit(town, booking=booking)
    assert await met.citizen.fails("form_join", {"page": HERS}) == "form_over"
    await met.clerk.until(lambda s: s["visit"]["form"]["state"] == "")
    await met.clerk.do("form_start")
    await met.citizen.until(lambda s: s["visit"]["form"])
    await met.citizen.do("form_join", {"page": HERS})
    await met.clerk.do("form_join", {"page": DESKS})
    return met.citizen, met.clerk


def edit(page: str, number: int, value: str, base: int = 0, field: str = "purpose") -> Any:
    return {"page": page, "number": number, "field": field, "value": value, "base": base}


async def test_each_letter_is_on_the_other_page(town: Town) -> None:
    citizen, clerk = await open_form(town)
    await citizen.do("form_edit", edit(HERS, 1, "ba"))
    answer = await citizen.do("form_edit", edit(HERS, 2, "bank"))
    author = f"citizen:{citizen.booking.id}/{HERS}"
    mine = {"value": "bank", "version": 2, "author": author}
    assert answer["cell"] == {"entries": [mine]}
    seen = await clerk.until_told("form_edited", 2)
    assert seen[1] == {"field": "purpose", "cell": {"entries": [mine]}}
    await clerk.do("form_edit", edit(DESKS, 1, "other"))  # without having seen it
    (back,) = await citizen.until_told("form_edited")
    assert [one["value"] for one in back["cell"]["entries"]] == ["bank", "other"]
    form = (await clerk.do("form_join", {"page": DESKS}))["form"]
    assert form["cells"]["purpose"] == back["cell"] and form["seen"] == 1
    assert not citizen.told["form_focused"]


async def test_focus_pointing_and_saving(town: Town) -> None:
    citizen, clerk = await open_form(town)
    await citizen.do("form_focus", {"field": "purpose"})
    assert await clerk.until_told("form_focused") == [{"field": "purpose"}]
    await clerk.do("form_point", {"field": "birth_date"})
    assert await citizen.until_told("form_pointed") == [{"field": "birth_date"}]
    await citizen.do("form_edit", edit(HERS, 1, "bank"))
    assert await citizen.until_told("form_saved") == [{"page": HERS, "number": 1}]
    assert await citizen.fails("form_point", {"field": "purpose"}) == "protocol"


async def test_offered_from_her_data_and_finished_by_the_clerk(town: Town) -> None:
    citizen, clerk = await open_form(town)
    offers = citizen.state["visit"]["form"]["offers"]
    assert offers == [{"field": "birth_date", "value": "1990-02-28", "source": "booking"}]
    faults = {"birth_date": "missing"}  # what she gave counts only where nobody has written
    await citizen.do("form_edit", edit(HERS, 1, "", field="birth_date"))
    assert (await clerk.do("form_finish"))["faults"] == faults
    assert await citizen.until_told("form_faults") == [{"faults": faults}]
    await citizen.do("form_edit", edit(HERS, 2, "1990-02-28", field="birth_date"))
    assert (await clerk.do("form_finish"))["faults"] == {}
    await citizen.until(lambda s: s["visit"]["form"]["state"] == "finished")
    await clerk.until(lambda s: s["visit"]["form"] == {"state": "finished", "offers": []})
    assert await citizen.fails("form_edit", edit(HERS, 3, "bank")) == "form_over"


async def test_what_she_gave_before_finishes_a_form_nobody_has_written_in(town: Town) -> None:
    citizen, clerk = await open_form(town)
    assert (await clerk.do("form_finish"))["faults"] == {}
    await citizen.until(lambda s: s["visit"]["form"]["state"] == "finished")


async def test_each_in_her_own_language(town: Town) -> None:
    citizen, clerk = await open_form(town, "en")
    hers = (await citizen.do("form_join", {"page": HERS}))["form"]
    assert (hers["language"], hers["beside"]) == ("en", "de")
    assert [(f["label"], f["beside"]) for f in hers["fields"]] == [
        ("Date of birth", "Geburtsdatum"),
        ("What for?", "Wofür?"),
    ]
    assert hers["fields"][1]["choices"][1] == ["other", "Something else", "Anderes"]
    assert hers["words"]["missing"] == "Please fill this in."
    desks = (await clerk.do("form_join", {"page": DESKS}))["form"]
    assert (desks["language"], desks["beside"]) == ("de", "en")
    assert desks["fields"][0]["label"] == "Geburtsdatum"


async def test_what_is_not_translated_is_read_in_german_without_a_second_line(town: Town) -> None:
    citizen, _ = await open_form(town, "tr")
    form = (await citizen.do("form_join", {"page": HERS}))["form"]
    assert (form["language"], form["fields"][0]["beside"]) == ("de", "")


async def test_never_across_visits_and_never_logged(town: Town) -> None:
    citizen, clerk = await open_form(town)
    other = await visit(town, "berta")
    with structlog.testing.capture_logs() as lines:
        await citizen.do("form_edit", edit(HERS, 1, "Kontonummer"))
        assert failure(await citizen.ask("form_edit", edit(HERS, 2, "Kontonummer", -1)))
        await clerk.until_told("form_edited")
    assert "Kontonummer" not in repr(lines)
    assert not other.citizen.told["form_edited"] and not other.clerk.told["form_edited"]
    assert await other.citizen.fails("form_edit", edit(HERS, 1, "x")) == "form_over"
    assert await other.clerk.fails("form_focus", {"field": "purpose"}) == "form_over"


async def test_not_outside_a_visit(town: Town) -> None:
    citizen, clerk = await town.citizen(await town.book(), enter=True), await town.clerk()
    for page in (citizen, clerk):
        assert await page.fails("form_join", {"page": HERS}) == "no_visit"
    assert await clerk.fails("form_start") == "no_visit"


async def test_an_orderly_stop_saves_all(town: Town) -> None:
    """Whoever stops the office stops it between two times of saving."""
    citizen, _ = await open_form(town)
    forms = town.app[FORMS]
    for number in range(1, 30):
        await citizen.do("form_edit", edit(HERS, number, f"Text {number}"))
    await town.stop()
    (live,) = forms.live.values()
    assert live.content is live.stored and live.content.value("purpose") == "Text 29"
    await town.start()


async def test_more_letters_than_a_page_may_send_are_refused_and_none_overtakes(
    town: Town,
) -> None:
    citizen, clerk = await open_form(town)
    (page,) = (one for one in town.app[BOARD].pages.values() if one.key.startswith("citizen:"))
    page.allowance = Allowance(2, 0)
    answers = [await citizen.ask("form_edit", edit(HERS, n, f"Text {n}")) for n in range(1, 5)]
    assert [answer.get("error") for answer in answers] == [None, None, "too_fast", "too_fast"]
    page.allowance = Allowance(9, 0)
    assert await citizen.fails("form_edit", edit(HERS, 5, "Text 5")) == "form_gap"
    for number in (3, 4, 5):
        await citizen.do("form_edit", edit(HERS, number, f"Text {number}"))
    assert len(await clerk.until_told("form_edited", 5)) == 5
