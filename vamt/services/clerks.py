"""Use cases around clerks: accounts, signing in and out. Passwords are argon2id hashes."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from vamt import states
from vamt.booking import NAME_LENGTH, clean_text, is_storable
from vamt.errors import N_, Conflict, Invalid, UserError
from vamt.rooms import Clerk
from vamt.services.ports import Clock, Hub, NewId, Session, Store, Tx
from vamt.services.steps import Steps
from vamt.states import DeskEvent

SESSION_HOURS = 12
PASSWORD_LENGTH = (10, 200)
TRIES = 8  # wrong passwords for one user or from one address ...
TRIES_SECONDS = 300  # ... within this time, then it says wait


class Hasher(Protocol):
    """Slow on purpose; called in a thread."""

    def hash(self, password: str) -> str: ...
    def verify(self, hash: str, password: str) -> bool: ...


class SignInRefused(UserError):
    """Wrong name or password; does not say which."""

    status = 403
    key = "sign_in"
    default_message = N_("User name or password is not right.")


def token_hash(token: str) -> str:
    """What of a session cookie is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(slots=True)
class Clerks:
    """Accounts and sessions of one town."""

    store: Store
    clock: Clock
    new_id: NewId
    hub: Hub
    hasher: Hasher
    in_thread: Callable[..., object] = asyncio.to_thread
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))  # 64 MiB each
    _wrong: dict[str, list[float]] = field(default_factory=dict)

    async def add(self, user: str, name: str, password: str, role: str = "clerk") -> Clerk:
        """Make an account; raises Invalid, or Conflict when the user name is taken."""
        if not re.fullmatch(r"[a-z0-9._-]{2,60}", user):
            raise Invalid(N_("A user name has 2 to 60 of a-z, 0-9, dot, - and _."), field="user")
        self._check_password(password)
        if role not in ("clerk", "supervisor", "admin"):
            raise Invalid(N_("Unknown entry."), field="role")
        clerk = Clerk(self.new_id(), user, clean_text(name, NAME_LENGTH, "name") or user, role)
        hashed = await asyncio.to_thread(self.hasher.hash, password)
        async with self.store.write() as tx:
            if await tx.clerk_login(user):
                raise Conflict(N_("This user name is taken."), key="user_taken")
            await tx.add_clerk(clerk, hashed)
        return clerk

    async def disable(self, user: str, disabled: bool = True) -> None:
        """Lock an account and end its sessions, or unlock it."""
        await self._change(user, disabled=disabled)

    async def set_password(self, user: str, password: str) -> None:
        """Give an account a new password and end its sessions; raises Invalid."""
        self._check_password(password)
        await self._change(user, password_hash=await asyncio.to_thread(self.hasher.hash, password))

    async def _change(self, user: str, **values: Any) -> None:
        async with self.store.write() as tx:
            login = await tx.clerk_login(user)
            if login is None:
                raise Invalid(N_("There is no such user."), field="user")
            await tx.change_clerk(login[0].id, **values)
            await tx.end_sessions_of(login[0].id)

    def _check_password(self, password: str) -> None:
        if not PASSWORD_LENGTH[0] <= len(password) <= PASSWORD_LENGTH[1]:
            raise Invalid(
                N_("A password has at least %(limit)s characters."),
                field="password",
                params={"limit": PASSWORD_LENGTH[0]},
            )

    async def sign_in(self, user: str, password: str, address: str) -> tuple[Clerk, str]:
        """Check the password, open the desk and return the clerk and the new session's token.

        Raises SignInRefused, also after too many wrong tries (then for five minutes).
        """
        user, password = user.strip().lower()[:80], password[: PASSWORD_LENGTH[1]]
        if not is_storable(user + password):
            raise SignInRefused()
        self._slow_down(f"user:{user}", f"from:{address}")
        async with self.store.read() as tx:
            login = await tx.clerk_login(user)
        async with self._gate:
            # tries sent together pass the first look together
            self._slow_down(f"user:{user}", f"from:{address}")
            # an unknown user costs the same time as a known one
            stored = login[1] if login else _NOBODY
            right = await asyncio.to_thread(self.hasher.verify, stored, password)
            if login is None or not right or login[0].disabled:
                self._note_wrong(f"user:{user}", f"from:{address}")
                raise SignInRefused()
        self._wrong.pop(f"user:{user}", None)
        clerk, token, now = login[0], self.new_id(), self.clock()
        async with self.store.write() as tx:
            await tx.end_sessions_before(now)
            await tx.add_session(
                Session(token_hash(token), clerk.id, now, now + SESSION_HOURS * 3600)
            )
            if (await tx.desk(clerk.id)).state is states.Desk.AWAY:
                await Steps(self.clock, self.new_id).desk(tx, clerk.id, DeskEvent.COME, by=clerk.id)
        self.hub.changed()
        return clerk, token

    async def sign_out(self, token: str) -> None:
        """End the session; a free desk closes, a busy one keeps its visit."""
        async with self.store.write() as tx:
            session = await tx.session(token_hash(token))
            if session is None:
                return
            await tx.end_session(session.token_hash)
            if (await tx.desk(session.clerk)).state is states.Desk.FREE:
                await Steps(self.clock, self.new_id).desk(
                    tx, session.clerk, DeskEvent.GO, by=session.clerk
                )
        self.hub.changed()

    async def who(self, hashed: str) -> Clerk | None:
        """The clerk of a session (by the hash of its token), None when it is over."""
        async with self.store.read() as tx:
            return await self.valid(tx, hashed)

    async def valid(self, tx: Tx, hashed: str) -> Clerk | None:
        """The same inside a transaction."""
        session = await tx.session(hashed)
        if session is None or session.expires <= self.clock():
            return None
        clerk = await tx.clerk(session.clerk)
        return None if clerk is None or clerk.disabled else clerk

    def _slow_down(self, *keys: str) -> None:
        now = self.clock()
        for key in keys:
            recent = [at for at in self._wrong.get(key, ()) if now - at < TRIES_SECONDS]
            if recent:
                self._wrong[key] = recent
            else:
                self._wrong.pop(key, None)
            if len(recent) >= TRIES:
                raise SignInRefused(
                    N_("Too many wrong tries. Please wait five minutes."),
                    key="too_many_tries",
                    status=429,
                )

    def _note_wrong(self, *keys: str) -> None:
        if len(self._wrong) > 10_000:
            self._wrong.clear()
        for key in keys:
            self._wrong.setdefault(key, []).append(self.clock())


# argon2id of a random password nobody knows, same cost as a real one
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$NX2VvXO9F/qSmYw3F6pM2g"
    "$b6kYbT0eC1VvSO7P1sM6nq2O9dUoY9zJrLr4QJmC1nM"
)
