"""Accounts, signing in and out. One test hashes for real; the others use a quick stand-in."""

import asyncio
from dataclasses import dataclass, field, replace

import argon2
import pytest
from argon2.exceptions import VerifyMismatchError

from tests.conftest import QuickHasher, Town, outcomes
from vamt.app import Argon2
from vamt.errors import Conflict, Invalid
from vamt.rooms import Clerk
from vamt.services import clerks as module
from vamt.services.clerks import (
    PASSWORD_LENGTH,
    SESSION_HOURS,
    TRIES,
    TRIES_SECONDS,
    Clerks,
    SignInRefused,
    token_hash,
)
from vamt.states import Desk

PASSWORD = "correct horse battery"


@dataclass
class Counting(QuickHasher):
    """Remembers which hashes it was asked to verify."""

    verified: list[str] = field(default_factory=list)

    def verify(self, hash: str, password: str) -> bool:
        self.verified.append(hash)
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> Counting:
    return Counting()


@pytest.fixture
def clerks(town: Town, hasher: Counting) -> Clerks:
    return replace(town.clerks, hasher=hasher)


async def refused(clerks: Clerks, user: str, password: str, address: str = "::1") -> SignInRefused:
    with pytest.raises(SignInRefused) as error:
        await clerks.sign_in(user, password, address)
    return error.value


async def desk(town: Town, clerk: Clerk) -> Desk:
    async with town.store.read() as tx:
        return (await tx.desk(clerk.id)).state


# --- the real thing


async def test_a_real_argon2_hash_is_stored_and_lets_only_the_right_password_in(town: Town) -> None:
    clerks = replace(town.clerks, hasher=Argon2())
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    (row,) = town.rows("clerks")["clerks"]
    assert row["password_hash"].startswith("$argon2id$") and PASSWORD not in str(row)
    assert (await refused(clerks, "keller", "wrong horse battery")).status == 403
    signed_in, token = await clerks.sign_in("keller", PASSWORD, "::1")
    assert signed_in == clerk and await clerks.who(token_hash(token)) == clerk


def test_the_hash_of_nobody_is_a_genuine_one_that_costs_what_a_real_one_costs() -> None:
    """Were it malformed, argon2 would refuse it at once, and the time would betray who exists."""
    hasher = argon2.PasswordHasher()
    assert argon2.extract_parameters(module._NOBODY) == argon2.extract_parameters(hasher.hash("x"))
    with pytest.raises(VerifyMismatchError):
        hasher.verify(module._NOBODY, PASSWORD)
    assert not Argon2().verify(module._NOBODY, PASSWORD)


def test_a_hash_that_is_none_lets_nobody_in() -> None:
    assert not Argon2().verify("", PASSWORD)
    assert not Argon2().verify("plain text", PASSWORD)


async def test_an_unknown_user_costs_one_verification_like_a_known_one(
    clerks: Clerks, hasher: Counting
) -> None:
    await clerks.add("keller", "Anja Keller", PASSWORD)
    known = await refused(clerks, "keller", "wrong password")
    unknown = await refused(clerks, "nobody", "wrong password")
    assert hasher.verified == [f"hashed {PASSWORD}", module._NOBODY]
    assert (known.key, known.status, known.message) == (
        unknown.key,
        unknown.status,
        unknown.message,
    )


# --- accounts


@pytest.mark.parametrize("role", ["clerk", "supervisor", "admin"])
async def test_an_account_is_made_with_its_role(clerks: Clerks, town: Town, role: str) -> None:
    clerk = await clerks.add("a.keller-2_x", " Anja  Keller ", PASSWORD, role)
    assert (clerk.user, clerk.name, clerk.role) == ("a.keller-2_x", "Anja Keller", role)
    async with town.store.read() as tx:
        assert await tx.clerk(clerk.id) == clerk and await tx.clerks() == [clerk]


async def test_without_a_name_the_user_name_is_shown(clerks: Clerks) -> None:
    assert (await clerks.add("keller", "", PASSWORD)).name == "keller"


@pytest.mark.parametrize(
    ("user", "password", "role", "name", "wrong"),
    [
        ("a", PASSWORD, "clerk", "", "user"),
        ("Keller", PASSWORD, "clerk", "", "user"),
        ("kell er", PASSWORD, "clerk", "", "user"),
        ("keller\n", PASSWORD, "clerk", "", "user"),
        ("x" * 61, PASSWORD, "clerk", "", "user"),
        ("x" * 2**20, PASSWORD, "clerk", "", "user"),
        ("keller", "x" * (PASSWORD_LENGTH[0] - 1), "clerk", "", "password"),
        ("keller", "x" * (PASSWORD_LENGTH[1] + 1), "clerk", "", "password"),
        ("keller", PASSWORD, "mayor", "", "role"),
        ("keller", PASSWORD, "clerk", "x" * 121, "name"),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_a_wrong_account_is_refused_with_its_field(
    clerks: Clerks, town: Town, user: str, password: str, role: str, name: str, wrong: str
) -> None:
    with pytest.raises(Invalid) as error:
        await clerks.add(user, name, password, role)
    assert error.value.field == wrong and not town.rows()["clerks"]


async def test_a_user_name_is_given_once_even_to_two_who_ask_together(clerks: Clerks) -> None:
    made, failed = await outcomes(*(clerks.add("keller", "", PASSWORD) for _ in range(5)))
    assert len(made) == 1 and len(failed) == 4
    assert all(isinstance(e, Conflict) and e.key == "user_taken" for e in failed)


# --- signing in and out


async def test_signing_in_opens_the_desk_and_only_a_hash_of_the_token_is_stored(
    clerks: Clerks, town: Town
) -> None:
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    got, token = await clerks.sign_in(" Keller ", PASSWORD, "::1")
    assert got == clerk and await desk(town, clerk) is Desk.FREE
    (session,) = town.rows("sessions")["sessions"]
    assert session["token_hash"] == token_hash(token) and token not in str(session)
    assert session["expires"] == town.clock() + SESSION_HOURS * 3600
    assert await clerks.who(token) is None, "the token itself is no key to the table"


async def test_a_session_ends_after_its_hours(clerks: Clerks, town: Town) -> None:
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    _, token = await clerks.sign_in("keller", PASSWORD, "::1")
    town.clock.go(SESSION_HOURS * 3600 - 1)
    assert await clerks.who(token_hash(token)) == clerk
    town.clock.go(1)
    assert await clerks.who(token_hash(token)) is None
    await clerks.sign_in("keller", PASSWORD, "::1")
    assert len(town.rows("sessions")["sessions"]) == 1, "old sessions are swept"


async def test_signing_out_ends_this_session_and_closes_a_free_desk(
    clerks: Clerks, town: Town
) -> None:
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    _, token = await clerks.sign_in("keller", PASSWORD, "::1")
    await clerks.sign_out(token)
    assert await clerks.who(token_hash(token)) is None
    assert await desk(town, clerk) is Desk.AWAY
    await clerks.sign_out(token)
    await clerks.sign_out("no token")
    assert await desk(town, clerk) is Desk.AWAY


async def test_a_busy_desk_keeps_its_visit_over_signing_out_and_in_again(
    clerks: Clerks, town: Town
) -> None:
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    _, token = await clerks.sign_in("keller", PASSWORD, "::1")
    await town.visited(clerk.id)
    visits = town.rows("visits")
    await clerks.sign_out(token)
    assert await desk(town, clerk) is Desk.BUSY
    await clerks.sign_in("keller", PASSWORD, "::1")
    assert await desk(town, clerk) is Desk.BUSY and town.rows("visits") == visits


async def test_a_locked_account_is_out_at_once_and_cannot_come_back(
    clerks: Clerks, hasher: Counting
) -> None:
    await clerks.add("keller", "Anja Keller", PASSWORD)
    _, token = await clerks.sign_in("keller", PASSWORD, "::1")
    await clerks.disable("keller")
    assert await clerks.who(token_hash(token)) is None
    locked = await refused(clerks, "keller", PASSWORD)
    assert (locked.key, locked.message) == ("sign_in", SignInRefused.default_message)
    assert len(hasher.verified) == 2, "a locked account costs a verification, too"
    with pytest.raises(Invalid):
        await clerks.disable("nobody")


async def test_an_unlocked_account_can_sign_in_again(clerks: Clerks, town: Town) -> None:
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    await clerks.disable("keller")
    await clerks.disable("keller", disabled=False)
    assert (await clerks.sign_in("keller", PASSWORD, "::1"))[0] == clerk


async def test_a_new_password_ends_all_sessions_and_the_old_one_is_worth_nothing(
    clerks: Clerks,
) -> None:
    await clerks.add("keller", "Anja Keller", PASSWORD)
    sessions = [(await clerks.sign_in("keller", PASSWORD, "::1"))[1] for _ in range(2)]
    with pytest.raises(Invalid) as error:
        await clerks.set_password("keller", "short")
    assert error.value.field == "password"
    with pytest.raises(Invalid) as error:
        await clerks.set_password("nobody", PASSWORD)
    assert error.value.field == "user"
    assert all([await clerks.who(token_hash(token)) for token in sessions])
    await clerks.set_password("keller", f"new {PASSWORD}")
    assert not any([await clerks.who(token_hash(token)) for token in sessions])
    await refused(clerks, "keller", PASSWORD)
    await clerks.sign_in("keller", f"new {PASSWORD}", "::1")


async def test_two_browsers_of_one_clerk_share_her_desk(clerks: Clerks, town: Town) -> None:
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    tokens = [(await clerks.sign_in("keller", PASSWORD, "::1"))[1] for _ in range(2)]
    assert tokens[0] != tokens[1] and await desk(town, clerk) is Desk.FREE
    for token in tokens:
        assert await clerks.who(token_hash(token)) == clerk


async def test_a_session_that_outlived_its_account_is_nobodys(clerks: Clerks, town: Town) -> None:
    clerk = await clerks.add("keller", "Anja Keller", PASSWORD)
    _, token = await clerks.sign_in("keller", PASSWORD, "::1")
    async with town.store.write() as tx:
        await tx.change_clerk(clerk.id, disabled=True)  # by another way than disable()
    assert await clerks.who(token_hash(token)) is None


# --- guessing is slow


async def wrong_tries(clerks: Clerks, number: int, user: str = "keller") -> None:
    for n in range(number):
        error = await refused(clerks, user, "wrong password", f"10.0.0.{n}")
        assert error.key == "sign_in"


async def test_too_many_wrong_tries_for_one_user_have_to_wait(
    clerks: Clerks, town: Town, hasher: Counting
) -> None:
    await clerks.add("keller", "Anja Keller", PASSWORD)
    await wrong_tries(clerks, TRIES)
    error = await refused(clerks, "keller", PASSWORD)
    assert (error.key, error.status) == ("too_many_tries", 429)
    assert len(hasher.verified) == TRIES, "nothing is verified while waiting"
    town.clock.go(TRIES_SECONDS - 1)
    await refused(clerks, "keller", PASSWORD)
    town.clock.go(1)
    await clerks.sign_in("keller", PASSWORD, "::1")


async def test_too_many_wrong_tries_from_one_address_have_to_wait(clerks: Clerks) -> None:
    await clerks.add("keller", "Anja Keller", PASSWORD)
    for number in range(TRIES):
        await refused(clerks, f"user{number}", "wrong password", "10.0.0.1")
    assert (await refused(clerks, "keller", PASSWORD, "10.0.0.1")).status == 429
    await clerks.sign_in("keller", PASSWORD, "10.0.0.2")


async def test_a_hundred_tries_at_the_same_time_are_not_more_than_a_few(
    clerks: Clerks, hasher: Counting
) -> None:
    """Sending them together must not be a way around the limit."""
    await clerks.add("keller", "Anja Keller", PASSWORD)
    _, failed = await outcomes(
        *(clerks.sign_in("keller", f"guess {n}", f"10.0.0.{n}") for n in range(100))
    )
    assert len(failed) == 100
    assert len(hasher.verified) <= TRIES + 2  # as many as pass the gate together
    assert {getattr(error, "status", 0) for error in failed} == {403, 429}


async def test_signing_in_forgives_the_tries_for_this_user(clerks: Clerks) -> None:
    await clerks.add("keller", "Anja Keller", PASSWORD)
    for _ in range(3):
        await wrong_tries(clerks, TRIES - 1)
        clerks._wrong = {k: v for k, v in clerks._wrong.items() if k.startswith("user:")}
        await clerks.sign_in("keller", PASSWORD, "::1")


async def test_the_memory_of_wrong_tries_does_not_grow_without_end(clerks: Clerks) -> None:
    for number in range(10_050):
        clerks._note_wrong(f"user:{number}")
    assert len(clerks._wrong) <= 10_001


@pytest.mark.parametrize("user", ["", "x" * 2**20, "'; drop table clerks", "\0", "\ud800", "😀"])
async def test_rubbish_as_user_name_or_password_is_just_refused(clerks: Clerks, user: str) -> None:
    assert (await refused(clerks, user, user)).key == "sign_in"


async def test_rubbish_is_refused_by_the_real_hasher_as_well(town: Town) -> None:
    clerks = replace(town.clerks, hasher=Argon2())
    for password in ("\ud800", "\0", "x" * 2**20):
        assert (await refused(clerks, "keller", password)).key == "sign_in"


async def test_hashing_does_not_hold_up_anybody_else(town: Town) -> None:
    """It runs in a thread: the loop goes on meanwhile."""
    clerks = replace(town.clerks, hasher=Argon2())
    task = asyncio.ensure_future(refused(clerks, "keller", PASSWORD))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 50
