"""Who is online: the newest socket of a seat counts."""

from tests.conftest import Clock
from vamt.presence import PresenceBook
from vamt.rooms import ABSENCE_GRACE, is_present


def test_who_comes_is_online_until_her_socket_goes(clock: Clock) -> None:
    book = PresenceBook(clock)
    assert not book.online("citizen:a") and book.socket("citizen:a") is None
    assert book.come("citizen:a", "s1") is None
    assert book.online("citizen:a") and book.socket("citizen:a") == "s1"
    assert book.absent_since("citizen:a") is None
    clock.go(5)
    assert book.go("citizen:a", "s1")
    assert not book.online("citizen:a") and book.socket("citizen:a") is None
    assert book.absent_since("citizen:a") == clock.now


def test_a_newer_socket_replaces_the_older_one_whose_going_changes_nothing(clock: Clock) -> None:
    book = PresenceBook(clock)
    book.come("citizen:a", "old")
    assert book.come("citizen:a", "new") == "old"
    assert not book.go("citizen:a", "old")
    assert book.socket("citizen:a") == "new"
    assert book.go("citizen:a", "new")
    assert not book.go("citizen:a", "new")


def test_the_same_socket_coming_twice_is_not_replaced_by_itself(clock: Clock) -> None:
    book = PresenceBook(clock)
    book.come("citizen:a", "s1")
    assert book.come("citizen:a", "s1") == "s1"


def test_coming_back_ends_the_absence(clock: Clock) -> None:
    book = PresenceBook(clock)
    book.come("clerk:x", "s1")
    book.go("clerk:x", "s1")
    clock.go(10)
    book.come("clerk:x", "s2")
    assert book.absent_since("clerk:x") is None


def test_after_a_restart_everybody_counts_as_gone_since_the_start(clock: Clock) -> None:
    book = PresenceBook(clock)
    started = clock.now
    clock.go(ABSENCE_GRACE - 1)
    since = book.absent_since("citizen:never-seen")
    assert since == started
    assert is_present(book.online("citizen:never-seen"), since, clock.now)
    clock.go(2)
    assert not is_present(False, book.absent_since("citizen:never-seen"), clock.now)


def test_seats_are_listed_by_kind(clock: Clock) -> None:
    book = PresenceBook(clock)
    book.come("clerk:x", "1")
    book.come("citizen:a", "2")
    book.come("clerk:y", "3")
    assert book.seats("clerk:") == ["clerk:x", "clerk:y"]


def test_forgetting_drops_only_notes_of_people_long_gone(clock: Clock) -> None:
    book = PresenceBook(clock)
    for seat in ("citizen:long", "citizen:short"):
        book.come(seat, seat)
    book.go("citizen:long", "citizen:long")
    clock.go(1000)
    book.go("citizen:short", "citizen:short")
    left = clock.now
    clock.go(100)
    book.forget(500)
    assert book.absent_since("citizen:short") == left
    assert book.absent_since("citizen:long") == left - 1000  # now counts since the start
    assert list(book._gone) == ["citizen:short"]
