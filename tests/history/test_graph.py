"""Who set off whom, also where the platform does not say."""

from tests.history.given import firing, run, sequence
from tui.entities.activation import State
from tui.entities.live import RunningActivation
from tui.history import Database, activations, graph, inflight


def name_of(number: int) -> str:
    return f"{number:032x}"


def test_a_run_leads_back_to_the_firing_that_set_it_off_in_whatever_order_they_came(database: Database) -> None:
    activations.add(database, [run(2)])
    assert graph.parents(database, [name_of(2)]) == {}

    activations.add(database, [firing(1, name_of(2), None, name_of(3))])
    activations.add(database, [run(3)])

    assert graph.parents(database, map(name_of, (1, 2, 3))) == {name_of(2): name_of(1), name_of(3): name_of(1)}
    assert [(child.activation_id, child.rule) for child in graph.children(database, name_of(1))] == [
        (name_of(2), "guest/rule-0"),
        (name_of(3), "guest/rule-2"),
    ]


def test_steps_lead_to_their_sequence_and_it_to_its_trigger(database: Database) -> None:
    activations.add(database, [firing(1, name_of(2)), run(4, cause=name_of(2)), run(3, cause=name_of(2))])
    assert {child.activation_id for child in graph.children(database, name_of(2))} == {name_of(3), name_of(4)}

    activations.add(database, [sequence(2, name_of(3), name_of(4))])

    assert [child.activation_id for child in graph.children(database, name_of(2))] == [name_of(3), name_of(4)]
    assert graph.ancestors(database, name_of(4)) == (name_of(2), name_of(1))


def test_a_run_that_is_only_accepted_has_its_place_already(database: Database) -> None:
    accepted = RunningActivation(
        activation_id=name_of(2),
        entity="guest/hello",
        kind="nodejs:20",
        state=State.QUEUED,
        accepted_ms=1,
        started_ms=None,
        limits=None,
        trigger_activation_id=name_of(1),
    )

    inflight.note(database, [accepted], now_ms=1)

    assert graph.ancestors(database, name_of(2)) == (name_of(1),)


def test_a_circle_made_by_a_stranger_ends(database: Database) -> None:
    activations.add(database, [run(1, cause=name_of(2)), run(2, cause=name_of(1)), run(3, cause=name_of(3))])

    assert graph.ancestors(database, name_of(1)) == (name_of(2),)
    assert graph.ancestors(database, name_of(3)) == ()
