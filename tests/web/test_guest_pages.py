"""The page behind a guest's link."""

import pytest

from tests.web.served import Town, Visit, visit
from vamt import app as office


async def link(met: Visit, role: str = "interpreter") -> str:
    """The address of a fresh guest's page."""
    wanted = {"id": "the-guest-of-this-test", "role": role, "name": "Olena <b>"}
    return str((await met.clerk.do("invite", wanted))["link"])


async def test_the_link_is_an_address_of_the_town(town: Town) -> None:
    met = await visit(town)
    address = await link(met)
    assert address.startswith(f"{town.url}/gast/")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ["Einladung zu einem Gespräch", "Anna (Stadt Kleinstadt)", "Ihr Name"]),
        ("en", ["Invitation to a conversation", "Anna (Stadt Kleinstadt)", "Your name"]),
    ],
)
async def test_it_says_who_asks_and_to_what(town: Town, language: str, words: list[str]) -> None:
    met = await visit(town, booking=await town.book(name="Ada", language=language))
    browser = town.browser("fr")
    page = await browser.get(await link(met, "companion"))
    assert (browser.status, page.language) == (200, language)
    for word in [*words, "Ada"]:
        assert word in page.words, word


async def test_a_forged_link_lets_nobody_in(town: Town) -> None:
    met = await visit(town)
    address = await link(met)
    token = address.rpartition("/")[2]
    for wrong in ("x", token[:-1], token + "x", met.booking.token):
        for path in (f"/gast/{wrong}", f"/gast/{wrong}/code.svg"):
            async with town.http.get(path) as answer:
                assert answer.status == 404, path
    async with town.http.get(f"/termin/{token}") as answer:
        assert answer.status == 404


async def test_the_link_of_somebody_unknown_is_not_found(town: Town) -> None:
    token = town.app[office.LINKS].guest_token("nobody")
    async with town.http.get(f"/gast/{token}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("how", ["removed", "ended"])
async def test_the_link_ends_with_the_visit_or_when_it_is_taken_back(town: Town, how: str) -> None:
    met = await visit(town)
    address = await link(met)
    if how == "removed":
        await met.clerk.do("remove", {"guest": "the-guest-of-this-test"})
    else:
        await met.clerk.do("end")
    for path in (address, f"{address}/code.svg"):
        async with town.http.get(path) as answer:
            assert answer.status == 410
            assert "Olena" not in await answer.text()


async def test_the_code_is_a_picture_of_the_link(town: Town) -> None:
    met = await visit(town)
    async with town.http.get(f"{await link(met)}/code.svg") as answer:
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await answer.text()).startswith("<svg")
