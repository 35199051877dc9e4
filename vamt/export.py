"""The export folder: each finished case as a folder of its own, for programs that pick it up.

A case is written under a hidden name, brought to disk, and then renamed: whoever looks sees a whole
case or none, whatever crashes when. What lies there already is not written again.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from vamt.couriers import Refused
from vamt.documents import DESK, SUFFIXES
from vamt.errors import VamtError
from vamt.notices import Delivery
from vamt.services.cases import Case, Cases
from vamt.services.facts import FileFacts
from vamt.signature import Signed

CASE = "case.json"
PDF = "application/pdf"
ALONE = (0o700, 0o600)  # folder of a case, files in it
GROUP = (0o770, 0o640)  # those who take it away must be able to empty the folder

Print = Callable[[Signed], Awaitable[bytes]]  # raises VamtError


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """Writes finished cases; `hand_over` of a courier."""

    folder: Path
    lock: Path  # a file that holds one writer at a time; on a local disk
    cases: Cases
    print: Print
    group: bool = False

    async def __call__(self, delivery: Delivery) -> None:
        """Write the case of this visit, if it is one; raises Refused, NotFound."""
        case = await self.cases.finished(delivery.subject)
        if case is None:
            return
        try:
            files = await self._files(case)
            await asyncio.to_thread(self._write, self._name(case), files)
        except VamtError as error:
            raise Refused(f"a paper cannot be made: {error.key}") from None
        except OSError as error:
            raise Refused(f"{self.folder}: {error.strerror or type(error).__name__}") from None

    def _name(self, case: Case) -> str:
        """Sorts by day, says which errand, and nothing of the person."""
        facts = case.facts
        return f"{facts.appointment.start[:10]}_{facts.appointment.service}_{facts.id}"

    async def _files(self, case: Case) -> dict[str, bytes]:
        """All files by name, `case.json` first. Numbered: titles may hold names."""
        found: dict[str, bytes] = {}
        facts: list[FileFacts] = []

        def add(kind: str, id: str, title: str, media: str, data: bytes) -> None:
            number = sum(one.kind == kind for one in facts) + 1
            name = f"{kind}-{number}{SUFFIXES[media]}"
            sha256 = hashlib.sha256(data).hexdigest()
            facts.append(FileFacts(name, title, kind, id, media, len(data), sha256))
            found[name] = data

        for signature, signed in case.signed:
            title = signed.record.document.title
            add("signed", signature.id, title, PDF, await self.print(signed))
        for document, data in case.documents:
            kind = "handed" if document.source == DESK else "brought"
            add(kind, document.id, document.title, document.media, data)
        told = msgspec.structs.replace(case.facts, files=facts)
        text = msgspec.json.format(msgspec.json.encode(told), indent=2)
        return {CASE: text, **found}

    def _write(self, name: str, files: Mapping[str, bytes]) -> None:
        """Raises OSError; then nothing of it is there.

        One writer at a time: an old process may still be at it when the new one has begun.
        """
        with self.lock.open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self._write_alone(name, files)

    def _write_alone(self, name: str, files: Mapping[str, bytes]) -> None:
        target = self.folder / name
        for left in self.folder.glob(f".{name}.*"):  # by a crash
            shutil.rmtree(left)
        if target.exists():
            return
        draft = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=self.folder))
        try:
            for file, data in files.items():
                self._put(draft / file, data)
            draft.chmod((GROUP if self.group else ALONE)[0])
            _to_disk(draft)
            draft.rename(target)
        except BaseException:
            with contextlib.suppress(OSError):
                shutil.rmtree(draft)
            raise
        _to_disk(self.folder)

    def _put(self, file: Path, data: bytes) -> None:
        with file.open("xb") as out:
            os.fchmod(out.fileno(), (GROUP if self.group else ALONE)[1])
            out.write(data)
            out.flush()
            os.fsync(out.fileno())


def _to_disk(folder: Path) -> None:
    """What is in a folder, by which names, survives a loss of power."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
