"""Who may send files now: nobody takes the place of everybody."""

import pytest

from vamt.uploads.line import EACH, ROOM, Busy, Line


def test_one_sender_has_few_places_and_others_have_theirs() -> None:
    line = Line()
    places = [line.place("ada") for _ in range(EACH)]
    for place in places:
        place.__enter__()
    with pytest.raises(Busy), line.place("ada"):
        pass
    with line.place("ben"):
        pass
    places[0].__exit__(None, None, None)
    with line.place("ada"):
        pass


def test_bytes_count_while_they_come_until_the_file_is_dealt_with() -> None:
    line = Line()
    with line.place("ada") as ada, line.place("ben") as ben:
        ada.grow(ROOM - 10)
        ben.grow(10)
        with pytest.raises(Busy):
            ben.grow(1)
        ada.empty()
        ben.grow(1000)
        ben.empty()
        ben.grow(ROOM)
    with line.place("cem") as cem:
        cem.grow(ROOM)


def test_a_broken_request_leaves_nothing_behind() -> None:
    line = Line()
    with pytest.raises(ConnectionError), line.place("ada") as ada:
        ada.grow(ROOM)
        raise ConnectionError
    with line.place("ada") as ada:
        ada.grow(ROOM)
