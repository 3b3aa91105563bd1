"""Results as foldable lines: what is shown, how it is numbered, and how a search finds its way in."""

import json

from tui.dashboard.render.json_table import find_table
from tui.dashboard.render.json_text import coloured_line, inline, pretty_lines
from tui.dashboard.render.json_tree import (
    FIRST_CHILDREN,
    JsonTree,
    Row,
    Shape,
    count_lines,
    find_lines,
    path_text,
    scalar_text,
    summary,
)
from tui.dashboard.render.line import Span

LARGE = {"status": "done", "items": [{"id": f"eu-{index}", "tags": ["a", "b"]} for index in range(1000)], "none": []}


def described(tree: JsonTree) -> list[tuple[int, Shape]]:
    return [(row.line, row.shape) for row in tree.rows]


def test_lines_are_counted_as_they_are_printed() -> None:
    for value in ({}, [], 1, "text", LARGE, [[], {}, [1]], {"a": {"b": {}}}):
        assert count_lines(value) == len(pretty_lines(value))


def test_a_small_result_starts_open() -> None:
    tree = JsonTree({"a": {"b": [1, 2]}})

    assert [row.line for row in tree.rows] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert tree.folded_count == 0


def test_a_large_result_starts_folded_below_its_first_level_and_says_how_much_is_left() -> None:
    tree = JsonTree(LARGE)

    assert tree.rows[3].shape is Shape.FOLDED
    assert sum(row.shape is Shape.MORE for row in tree.rows) == 1
    assert tree.folded_count == FIRST_CHILDREN


def test_every_row_stands_on_the_line_it_has_in_the_printed_text() -> None:
    tree, printed = JsonTree(LARGE), pretty_lines(LARGE)

    tree.open_all()

    for row in tree.rows:
        if row.shape is not Shape.MORE and isinstance(row.node.key, str):
            expected = json.dumps(row.node.key) if row.shape is not Shape.CLOSE else ("]", "}")
            line = printed[row.line - 1]
            assert expected in line if isinstance(expected, str) else line.strip(" ,") in expected


def test_folding_and_opening_leads_back_to_the_same_rows() -> None:
    tree = JsonTree({"a": {"b": [1, 2]}, "c": 3})
    before = described(tree)

    cursor = tree.toggle(3)
    assert tree.rows[cursor].shape is Shape.FOLDED

    tree.toggle(cursor)
    assert described(tree) == before


def test_folding_on_a_scalar_or_a_closing_line_folds_what_holds_it() -> None:
    tree = JsonTree({"a": {"b": 1}})
    assert tree.toggle(2) == 1
    assert described(tree) == [(1, Shape.OPEN), (2, Shape.FOLDED), (5, Shape.CLOSE)]

    tree = JsonTree({"a": {"b": 1}})
    assert tree.toggle(3) == 1


def test_the_line_that_stands_for_more_opens_more() -> None:
    tree = JsonTree(LARGE)
    more = next(index for index, row in enumerate(tree.rows) if row.shape is Shape.MORE)

    tree.toggle(more)

    assert not any(row.shape is Shape.MORE for row in tree.rows)
    assert tree.rows[-2].line == count_lines(LARGE) - 1


def test_all_can_be_folded_and_opened() -> None:
    tree = JsonTree(LARGE)

    tree.fold_all()
    assert len(tree.rows) == 5

    tree.open_all()
    assert tree.folded_count == 0


def test_a_search_opens_what_hides_the_match() -> None:
    tree, printed = JsonTree(LARGE), pretty_lines(LARGE)

    (line,) = find_lines(printed, "EU-999")
    row: Row = tree.rows[tree.reveal(line)]

    assert row.node.value == "eu-999"
    assert row.line == line
    assert path_text(row.node.path) == "items[999].id"


def test_every_line_of_the_printed_text_can_be_revealed() -> None:
    value = {"a": {"b": [1, {"c": []}]}, "d": {}, "e": [[2]]}

    for line in range(1, count_lines(value) + 1):
        tree = JsonTree(value)
        tree.fold_all()
        row = tree.rows[tree.reveal(line)]
        assert row.line == line or (row.shape is Shape.FOLDED and row.node.line < line)  # the end of a folded one


def test_a_result_that_is_no_object_is_one_line() -> None:
    for value in ("text", 7, None, [], {}):
        tree = JsonTree(value)
        assert described(tree) == [(1, Shape.SCALAR)]
        assert tree.toggle(0) == 0
        tree.fold_all()
        tree.open_all()
        assert described(tree) == [(1, Shape.SCALAR)]


def test_nesting_as_deep_as_json_allows_is_shown() -> None:
    value: object = 1
    for _ in range(900):
        value = [value]

    tree = JsonTree(value)
    tree.open_all()

    assert len(tree.rows) == 1801


def test_hostile_text_becomes_symbols() -> None:
    assert scalar_text("\x1b]0;evil\x07") == '"\\u001b]0;evil\\u0007"'
    assert "\x9b" not in scalar_text("\x9b31m")
    assert "\u202e" not in summary({"\u202e": 1})
    assert "\x9b" not in path_text(("\x9b",))
    assert all("\x9b" not in text for text, *_ in inline({"\x9b": "\x9b"}))


def test_odd_keys_are_quoted_in_a_path() -> None:
    assert path_text(("a", 0, "with blank", "b")) == 'a[0]."with blank".b'


def test_colours_cover_the_whole_line() -> None:
    for line in ('  "a": -1.5e3,', '"x": "say \\"hi\\"", true', "{broken", '"open', "fnt-"):
        assert "".join(text for text, *_ in coloured_line(line)) == line
    assert coloured_line('"a": "b"')[0] == Span('"a"', "key")


def test_a_list_of_objects_is_a_table_with_the_columns_of_all() -> None:
    table = find_table({"rows": [{"id": 1, "name": "a"}, {"id": 2, "late": True}], "other": [1]})

    assert table is not None
    assert table.name == "rows"
    assert [(column.key, column.is_number) for column in table.columns] == [
        ("id", True),
        ("name", False),
        ("late", False),
    ]
    assert [table.cell(1, column) for column in table.columns] == ["2", "", "true"]


def test_what_is_no_list_of_objects_is_no_table() -> None:
    for value in (None, {}, {"a": [1, {"b": 2}]}, [], [{}], "text"):
        assert find_table(value) is None
