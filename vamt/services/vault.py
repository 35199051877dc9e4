"""The vault: what a visit leaves that others must never read, sealed with a key of its own.

Each visit has a random key for each purpose, stored wrapped with a key derived from the town's
`secret.key`. Deleting is destroying that key: what it sealed cannot be read again, by whomever and
from whatever copy of the items. A purpose ends as a whole; what is to live longer gets another.
"""

from dataclasses import dataclass

from vamt.errors import NotFound
from vamt.services.ports import Cipher, Clock, Store, Tx

IDENTITY = "identity"  # masked copies of documents, for hours
CASE = "case"  # what belongs to the case, as long as the person is kept


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals, opens and destroys. `master` wraps the keys and is never stored with them."""

    store: Store
    cipher: Cipher
    master: bytes
    clock: Clock

    async def seal(
        self,
        tx: Tx,
        visit: str,
        data: bytes,
        about: str,
        purpose: str = CASE,
        until: float | None = None,
    ) -> bytes:
        """`data` sealed with the visit's key, for a row of one's own; `about` is the row's id.

        The first of a purpose makes the key, which is destroyed at `until`, or with the person.
        """
        key = await self._key(tx, visit, purpose)
        if key is None:
            key = self.cipher.new_key()
            wrapped = self.cipher.seal(self.master, key, _of_key(visit, purpose))
            await tx.add_vault_key(visit, purpose, wrapped, until)
        return self.cipher.seal(key, data, _of_item(visit, purpose, about))

    async def unseal(
        self, tx: Tx, visit: str, sealed: bytes, about: str, purpose: str = CASE
    ) -> bytes:
        """What was sealed; raises NotFound when its key has been destroyed."""
        key = await self._key(tx, visit, purpose)
        if key is None:
            raise NotFound()
        return self.cipher.unseal(key, sealed, _of_item(visit, purpose, about))

    async def put(
        self,
        tx: Tx,
        visit: str,
        name: str,
        data: bytes,
        purpose: str = CASE,
        until: float | None = None,
    ) -> None:
        """Keep `data` under a name; see `seal`."""
        sealed = await self.seal(tx, visit, data, name, purpose, until)
        await tx.put_vault_item(visit, purpose, name, sealed)

    async def get(self, tx: Tx, visit: str, name: str, purpose: str = CASE) -> bytes:
        """What was put; raises NotFound when it never was or is destroyed."""
        sealed = await tx.vault_item(visit, purpose, name)
        if sealed is None:
            raise NotFound()
        return await self.unseal(tx, visit, sealed, name, purpose)

    def new_key(self, owner: str) -> bytes:
        """A key, wrapped, for something with a row of its own: without it nothing can be read."""
        return self.cipher.seal(self.master, self.cipher.new_key(), f"key of {owner}")

    def seal_by(self, wrapped: bytes, owner: str, data: bytes, about: str) -> bytes:
        """`data` sealed with a key that `new_key` has made for `owner`."""
        key = self.cipher.unseal(self.master, wrapped, f"key of {owner}")
        return self.cipher.seal(key, data, f"part {owner} {about}")

    def unseal_by(self, wrapped: bytes, owner: str, sealed: bytes, about: str) -> bytes:
        """What `seal_by` has sealed."""
        key = self.cipher.unseal(self.master, wrapped, f"key of {owner}")
        return self.cipher.unseal(key, sealed, f"part {owner} {about}")

    async def forget(self, tx: Tx, visit: str, purpose: str, *, by: str) -> None:
        """Destroy the key, and note it; without one nothing happens. `settle` the store then."""
        await destroy(tx, visit, purpose, self.clock(), by)

    async def forget_due(self) -> int:
        """Destroy all keys whose time has come; returns how many."""
        async with self.store.write() as tx:
            due = await tx.vault_keys_due(self.clock())
            for visit, purpose in due:
                await self.forget(tx, visit, purpose, by="clock")
        if due:
            await self.store.settle()
        return len(due)

    async def _key(self, tx: Tx, visit: str, purpose: str) -> bytes | None:
        wrapped = await tx.vault_key(visit, purpose)
        if wrapped is None:
            return None
        return self.cipher.unseal(self.master, wrapped, _of_key(visit, purpose))


async def destroy(tx: Tx, visit: str, purpose: str, now: float, by: str) -> None:
    """Destroy a key, and with it all it has sealed; the history has a line of it."""
    if await tx.destroy_vault_key(visit, purpose):
        await tx.record(now, "vault", visit, "destroy", purpose, "destroyed", by)


def _of_key(visit: str, purpose: str) -> str:
    return f"key {visit} {purpose}"


def _of_item(visit: str, purpose: str, about: str) -> str:
    return f"item {visit} {purpose} {about}"
