"""Every run below what set it off."""

from hypothesis import given
from hypothesis import strategies as st

from tests.history.given import failed, firing, run, sequence
from tui.entities.activation import State
from tui.history import Database, Filter, activations
from tui.history.nesting import nest, nested


def tree(database: Database, matching: Filter) -> list[tuple[int, int]]:
    """Numbers of the records as they are shown from the top, with their depths."""
    serials, depths = nested(database, matching)
    kept = activations.with_serials(database, serials)
    return [
        (int(kept[one].activation_id, 16), depth)
        for one, depth in zip(reversed(serials), reversed(depths), strict=True)
    ]


def test_runs_stand_below_their_firing_and_steps_below_their_sequence(database: Database) -> None:
    steps = [f"{number:032x}" for number in (5, 6)]
    fired = [f"{number:032x}" for number in (4, 9)]
    activations.add(
        database,
        [
            run(1),
            firing(3, *fired),
            sequence(4, *steps),
            run(5, cause=fired[0]),
            failed(6, cause=fired[0]),
            run(7),
            run(9),
        ],
    )

    assert tree(database, Filter()) == [(7, 0), (3, 0), (4, 1), (5, 2), (6, 2), (9, 1), (1, 0)]
    failures = Filter(states=frozenset({State.APPLICATION_ERROR}))
    assert tree(database, failures) == [(6, 0)]


links = st.dictionaries(st.integers(0, 12), st.integers(0, 14), max_size=12)


@given(parents=links)
def test_no_row_is_lost_or_shown_twice_whatever_a_stranger_links(parents: dict[int, int]) -> None:
    ordered, depths = nest(range(13), parents)

    assert sorted(ordered) == list(range(13))
    assert len(depths) == len(ordered)
