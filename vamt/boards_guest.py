"""What a guest's page shows: who is present, and of the visit only what the clerk shares."""

from dataclasses import dataclass

from vamt import protocol, rooms, states
from vamt.boards import Boards, Scene
from vamt.rooms import Guest, Visit
from vamt.services.guests import guest_seat
from vamt.services.ports import Tx

MAY = {"come": states.GuestEvent.COME, "leave": states.GuestEvent.LEAVE}


@dataclass(frozen=True, slots=True)
class GuestBoards:
    """Draws the state of a guest's page."""

    boards: Boards

    async def guest(self, tx: Tx, scene: Scene, mine: Guest, visit: Visit) -> protocol.GuestState:
        """Names and roles of those present, the chat if it is shared, and nothing of the errand."""
        citizen = await tx.appointment(visit.appointment)
        clerk = scene.clerks.get(visit.clerk)
        present = mine.state is states.Guest.PRESENT and visit.state is states.Visit.OPEN
        over = mine.state in (states.Guest.REMOVED, states.Guest.ENDED)
        reads = present and visit.chat_shared is not None
        return protocol.GuestState(
            now=scene.now,
            state=mine.state,
            id=guest_seat(mine.id),
            seat=rooms.GUEST,
            epoch=mine.epoch,
            name=mine.name,
            role=mine.role,
            clerk=clerk.name if clerk else "",
            citizen=citizen.name if citizen and not over else "",
            open=visit.state is states.Visit.OPEN,
            peers=self.boards.peers(scene, visit, citizen) if present and citizen else [],
            guests=self.boards.guests(scene, visit) if present else [],
            chat_shared=reads,
            chat=await self._chat(tx, mine, visit) if reads else [],
            ice=self.boards.ice(mine.id, rooms.GUEST, mine.epoch, relay=not over),
            may=[name for name, event in MAY.items() if self._may(mine, visit, event)],
        )

    def _may(self, mine: Guest, visit: Visit, event: states.GuestEvent) -> bool:
        if event is states.GuestEvent.COME and visit.state is not states.Visit.OPEN:
            return False
        return states.GUEST.allows(mine.state, event)

    async def _chat(self, tx: Tx, mine: Guest, visit: Visit) -> list[protocol.ChatLine]:
        return [
            protocol.ChatLine(line.id, line.seat, line.name, line.text, line.at)
            for line in await tx.lines(visit.appointment)
            if mine.reads(visit, line)
        ]
