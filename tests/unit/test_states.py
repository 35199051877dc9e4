"""The tables themselves; that the services obey them is proved in tests/services/test_steps.py."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vamt import states
from vamt.states import (
    APPOINTMENT,
    CHARGE,
    CHECK,
    DESK,
    DOCUMENT,
    FORM,
    GUEST,
    MACHINES,
    SIGNATURE,
    VISIT,
    Effect,
    Illegal,
    Machine,
)

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"

AnyMachine = Machine[Any, Any]
KINDS = {
    "appointment": (states.Appointment, states.AppointmentEvent),
    "visit": (states.Visit, states.VisitEvent),
    "desk": (states.Desk, states.DeskEvent),
    "guest": (states.Guest, states.GuestEvent),
    "check": (states.Check, states.CheckEvent),
    "signature": (states.Signature, states.SignatureEvent),
    "document": (states.Document, states.DocumentEvent),
    "form": (states.Form, states.FormEvent),
    "charge": (states.Charge, states.ChargeEvent),
}


def pairs(machine: AnyMachine) -> Iterator[tuple[Any, Any]]:
    """Every state with every event, legal or not."""
    kinds = KINDS[machine.name]
    yield from ((state, event) for state in kinds[0] for event in kinds[1])


EVERY_PAIR = [
    pytest.param(machine, state, event, id=f"{machine.name}-{state}-{event}")
    for machine in MACHINES
    for state, event in pairs(machine)
]


@pytest.mark.parametrize(("machine", "state", "event"), EVERY_PAIR)
def test_a_pair_in_the_table_leads_to_its_step_and_any_other_is_illegal(
    machine: AnyMachine, state: Any, event: Any
) -> None:
    if (state, event) in machine.table:
        assert machine.allows(state, event)
        assert machine.apply(state, event) is machine.table[state, event]
    else:
        assert not machine.allows(state, event)
        with pytest.raises(Illegal) as refused:
            machine.apply(state, event)
        assert refused.value.extra == {"state": str(state), "event": str(event)}
        assert (refused.value.status, refused.value.key) == (409, "illegal_transition")


def test_all_machines_are_there_and_all_their_pairs_are_walked() -> None:
    assert MACHINES == (APPOINTMENT, VISIT, DESK, GUEST, CHECK, SIGNATURE, DOCUMENT, FORM, CHARGE)
    pairs = (10 * 14, 4 * 4, 3 * 4, 6 * 5, 5 * 5, 5 * 5, 6 * 5, 3 * 4, 5 * 7)
    assert len(EVERY_PAIR) == sum(pairs)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_state_can_be_reached_from_the_first_one(machine: AnyMachine) -> None:
    reached, frontier = set(), {machine.initial}
    while frontier:
        reached |= frontier
        steps = (step for (state, _), step in machine.table.items() if state in frontier)
        frontier = {step.target for step in steps} - reached
    assert reached == set(KINDS[machine.name][0])


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_event_is_of_use_somewhere(machine: AnyMachine) -> None:
    assert {event for _, event in machine.table} == set(KINDS[machine.name][1])


def test_every_appointment_can_end_anonymised() -> None:
    good = {states.Appointment.ANONYMISED}
    while True:
        more = {state for (state, _), step in APPOINTMENT.table.items() if step.target in good}
        if more <= good:
            break
        good |= more
    assert good == set(states.Appointment)


def test_nothing_leads_out_of_the_anonymised_state() -> None:
    assert not [pair for pair in APPOINTMENT.table if pair[0] is states.Appointment.ANONYMISED]


def test_every_effect_is_used_by_a_machine() -> None:
    used = {e for machine in MACHINES for step in machine.table.values() for e in step.effects}
    assert used == set(Effect)


def test_forgetting_the_person_is_an_effect_of_every_way_into_anonymised() -> None:
    for step in APPOINTMENT.table.values():
        if step.target is states.Appointment.ANONYMISED:
            assert Effect.FORGET_PERSON in step.effects


def test_who_loses_her_appointment_keeps_no_visit() -> None:
    """A visit may be set aside and the citizen back in any of these states (she left)."""
    over = (states.Appointment.CANCELLED, states.Appointment.MISSED, states.Appointment.FINISHED)
    for (state, event), step in APPOINTMENT.table.items():
        if step.target in over and state is not states.Appointment.RESERVED:
            assert Effect.END_VISIT in step.effects, (state, event)


def test_a_charge_is_paid_once_and_money_that_comes_later_is_noted() -> None:
    """Only money taken back leads out of a settled state; a surplus changes none."""
    settled = (states.Charge.PAID, states.Charge.WAIVED, states.Charge.CANCELLED)
    for (state, event), step in CHARGE.table.items():
        assert (Effect.REOPEN in step.effects) == (event is states.ChargeEvent.RETURN)
        if event is states.ChargeEvent.RETURN:
            assert (state, step.target) == (states.Charge.PAID, states.Charge.ASKED)
        elif state in settled:
            assert event in (states.ChargeEvent.SURPLUS, states.ChargeEvent.REFUND)
            assert step.target is state
        assert (Effect.MAIL_RECEIPT in step.effects) == (event is states.ChargeEvent.PAY)


def test_every_guest_ends_with_the_visit_and_is_forgotten() -> None:
    for state in states.Guest:
        if state is not states.Guest.ENDED:
            step = GUEST.apply(state, states.GuestEvent.END)
            assert step.target is states.Guest.ENDED and Effect.FORGET_GUEST in step.effects
    for (_, event), step in VISIT.table.items():
        assert (event is states.VisitEvent.END) == (Effect.END_GUESTS in step.effects)


def test_a_check_goes_on_in_an_open_visit_only() -> None:
    for (state, _), step in VISIT.table.items():
        leaves = state is states.Visit.OPEN and step.target is not states.Visit.OPEN
        assert leaves == (Effect.END_CHECKS in step.effects)


def test_an_open_check_can_be_refused_aborted_and_ended_at_every_moment() -> None:
    """And nothing can happen to it afterwards; its code is forgotten."""
    for state in (states.Check.ASKED, states.Check.ALLOWED):
        for event in ("refuse", "abort", "end"):
            step = CHECK.apply(state, states.CheckEvent(event))
            assert step.effects == (Effect.FORGET_CODE,)
            assert not [pair for pair in CHECK.table if pair[0] is step.target]


def test_a_signature_is_waited_for_in_an_open_visit_only() -> None:
    for (state, _), step in VISIT.table.items():
        leaves = state is states.Visit.OPEN and step.target is not states.Visit.OPEN
        assert leaves == (Effect.END_SIGNATURES in step.effects)


def test_an_open_signature_can_be_refused_and_taken_back_at_every_moment() -> None:
    """And nothing can happen to it afterwards; its text is deleted."""
    for state in (states.Signature.ASKED, states.Signature.SIGNING):
        for event in ("refuse", "withdraw", "end"):
            step = SIGNATURE.apply(state, states.SignatureEvent(event))
            assert step.effects == (Effect.FORGET_TEXT,)
            assert not [pair for pair in SIGNATURE.table if pair[0] is step.target]


def test_nothing_is_judged_that_she_has_not_allowed() -> None:
    judged = [state for state, event in CHECK.table if event is states.CheckEvent.JUDGE]
    assert judged == [states.Check.ALLOWED]


def test_a_removed_guest_does_not_come_back() -> None:
    assert not GUEST.allows(states.Guest.REMOVED, states.GuestEvent.COME)
    assert not GUEST.allows(states.Guest.ENDED, states.GuestEvent.COME)


def test_nobody_stays_in_a_visit_that_is_set_aside() -> None:
    left_open = VISIT.apply(states.Visit.OPEN, states.VisitEvent.SET_ASIDE)
    assert Effect.SET_GUESTS_ASIDE in left_open.effects


def test_a_cancelled_place_is_free_again_and_mailed() -> None:
    for (_, event), step in APPOINTMENT.table.items():
        if event is states.AppointmentEvent.CANCEL:
            assert {Effect.FREE_PLACE, Effect.MAIL_CANCELLED} <= set(step.effects)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_the_diagram_shows_each_step_of_the_table_and_no_other(machine: AnyMachine) -> None:
    lines = machine.diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", f"    [*] --> {machine.initial}"]
    drawn = {line.strip() for line in lines[2:] if "[*]" not in line}
    assert drawn == {f"{s} --> {step.target}: {e}" for (s, e), step in machine.table.items()}
    ends = {line.split()[0] for line in lines[2:] if line.endswith("--> [*]")}
    assert ends == set(KINDS[machine.name][0]) - {state for state, _ in machine.table}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_the_documentation_shows_the_diagram_of_the_table(machine: AnyMachine) -> None:
    text = ARCHITECTURE.read_text("utf-8")
    marker = f"<!-- diagram:{machine.name} -->"
    assert text.count(marker) == 1, f"docs/architecture.md needs {marker} once"
    after = text.partition(marker)[2]
    found = re.match(r"\s*```mermaid\n(.*?)\n```", after, re.DOTALL)
    assert found, f"a ```mermaid block has to follow {marker}"
    assert found[1] == machine.diagram()
