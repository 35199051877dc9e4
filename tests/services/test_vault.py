"""The vault: sealed with a key of visit and purpose, bound to its place, gone with the key."""

from pathlib import Path

import pytest

from tests.conftest import Town
from vamt.ciphers import AesGcm, Damaged, master_key
from vamt.errors import NotFound
from vamt.services.vault import CASE, IDENTITY, Vault

SECRET = b"the document of somebody " * 40


@pytest.fixture
async def visit(town: Town) -> str:
    """An open visit."""
    await town.visited(await town.clerk("keller"))
    return str(town.rows("visits")["visits"][0]["id"])


async def put(town: Town, visit: str, purpose: str, until: float | None = None) -> None:
    async with town.store.write() as tx:
        await town.vault.put(tx, visit, "page", SECRET, purpose, until)


async def test_what_is_put_comes_back_and_is_not_readable_on_disk(town: Town, visit: str) -> None:
    await put(town, visit, CASE)
    async with town.store.read() as tx:
        assert await town.vault.get(tx, visit, "page") == SECRET
        for name, purpose in (("page", IDENTITY), ("another", CASE)):
            with pytest.raises(NotFound):
                await town.vault.get(tx, visit, name, purpose)
    assert SECRET[:25] not in on_disk(town)


async def test_the_same_text_is_never_sealed_the_same(town: Town, visit: str) -> None:
    async with town.store.write() as tx:
        one = await town.vault.seal(tx, visit, SECRET, "a")
        other = await town.vault.seal(tx, visit, SECRET, "a")
        assert one != other
        assert await town.vault.unseal(tx, visit, other, "a") == SECRET


async def test_sealed_text_opens_in_its_own_place_only(town: Town, visit: str) -> None:
    async with town.store.write() as tx:
        sealed = await town.vault.seal(tx, visit, SECRET, "a")
        await town.vault.seal(tx, visit, SECRET, "a", IDENTITY)
        with pytest.raises(Damaged):
            await town.vault.unseal(tx, visit, sealed, "b")
        with pytest.raises(Damaged):
            await town.vault.unseal(tx, visit, sealed, "a", IDENTITY)
        for wrong in (sealed[:-1], sealed[:5], b"", sealed[:20] + b"x" + sealed[21:]):
            with pytest.raises(Damaged):
                await town.vault.unseal(tx, visit, wrong, "a")


async def test_another_towns_secret_opens_nothing(town: Town, visit: str) -> None:
    await put(town, visit, CASE)
    other = Vault(town.store, AesGcm(), master_key(b"another town's secret"), town.clock)
    async with town.store.read() as tx:
        with pytest.raises(Damaged):
            await other.get(tx, visit, "page")


async def test_forgetting_destroys_the_key_of_one_purpose_and_notes_it(
    town: Town, visit: str
) -> None:
    await put(town, visit, CASE)
    await put(town, visit, IDENTITY)
    wrapped = town.rows("vault_keys")["vault_keys"]
    (gone,) = [row["wrapped"] for row in wrapped if row["purpose"] == IDENTITY]
    for _ in range(2):  # twice is once
        async with town.store.write() as tx:
            await town.vault.forget(tx, visit, IDENTITY, by="somebody")
    await town.store.settle()
    async with town.store.read() as tx:
        assert await town.vault.get(tx, visit, "page") == SECRET
        with pytest.raises(NotFound):
            await town.vault.get(tx, visit, "page", IDENTITY)
    assert [row["purpose"] for row in town.rows("vault_items")["vault_items"]] == [CASE]
    noted = [r for r in town.rows("history")["history"] if r["machine"] == "vault"]
    assert [(r["subject"], r["event"], r["old"], r["by"]) for r in noted] == [
        (visit, "destroy", IDENTITY, "somebody")
    ]
    assert gone not in on_disk(town)  # not in the database, nor in its log


async def test_keys_are_destroyed_when_their_time_has_come(town: Town, visit: str) -> None:
    await put(town, visit, IDENTITY, until=town.clock() + 3600)
    await put(town, visit, CASE)
    town.clock.go(3599)
    assert await town.vault.forget_due() == 0
    town.clock.go(1)
    assert await town.vault.forget_due() == 1
    assert await town.vault.forget_due() == 0
    assert [row["purpose"] for row in town.rows("vault_keys")["vault_keys"]] == [CASE]


async def test_with_the_person_all_keys_of_her_visits_are_destroyed(town: Town, visit: str) -> None:
    await put(town, visit, CASE)
    await town.office.end("clerk-keller")
    town.clock.go(40 * 86400)
    assert await town.retention.forget() == 1
    assert town.rows("vault_keys", "vault_items") == {"vault_keys": [], "vault_items": []}


def test_the_wrapping_key_is_derived_and_told_apart_by_its_purpose() -> None:
    """RFC 5869 with SHA-256; a change of the derivation would lose what is stored."""
    assert master_key(b"k" * 32).hex() == (
        "b99b466350093828c89d4d7a308d9af8642f321b215f792da59bf13b6611ff57"
    )


def on_disk(town: Town) -> bytes:
    files = [file for file in Path(town.file).parent.iterdir() if file.is_file()]
    return b"".join(file.read_bytes() for file in files)
