"""The events of documents in `/citizen` and `/desk`. The files go by HTTP: `web/document_pages`."""

from vamt.services.documents import Documents
from vamt.signalling import Handler


def citizen_events(documents: Documents) -> dict[str, Handler]:
    """What her page may ask for."""
    return {"document_take_back": lambda p, m: documents.take_back(p.seat.subject, m.id)}


def desk_events(documents: Documents) -> dict[str, Handler]:
    """What the clerk may ask for."""
    return {
        "document_accept": lambda p, m: documents.accept(p.seat.subject, m.id),
        "document_again": lambda p, m: documents.again(p.seat.subject, m.id, m.reason),
        "document_take_back": lambda p, m: documents.withdraw(p.seat.subject, m.id),
    }
