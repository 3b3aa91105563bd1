"""Taking in a million records may cut corners, and none that shows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.entities.recorded import recorded
from tests.history.given import failed, firing, of_action, run, sequence
from tui.entities.activation import Activation
from tui.history.documents import text_of
from tui.history.graph import links_of
from tui.history.rows import BadRecord, quick_row_of, row_of

odd = st.sampled_from([None, 0, -1, 5, True, 2**70, 1.5, "", "x", "a/b/c", [], {}, "guest/demo/hello", "guest/x/"])


def slow_row(body: dict[str, Any]) -> object:
    try:
        activation = Activation.from_json(body)
        assert not links_of(activation)
        return row_of(activation)
    except (BadRecord, KeyError, TypeError, ValueError, AttributeError):
        return None


@given(
    member=st.sampled_from(["activationId", "namespace", "name", "version", "start", "end", "duration", "response"]),
    annotation=st.sampled_from(["path", "kind", "timeout", "initTime", "limits"]),
    value=odd,
    other=odd,
    status=st.sampled_from(["success", "application error", "action developer error", "whisk internal error", 5]),
    changes=st.sampled_from([(), ("member",), ("annotation",), ("member", "annotation")]),
)
def test_the_quick_way_gives_the_same_row_or_none(
    member: str, annotation: str, value: object, other: object, status: object, changes: tuple[str, ...]
) -> None:
    body: dict[str, Any] = recorded("activation-action")
    body["response"] = {"status": status, "success": True, "result": {}}
    if "member" in changes:
        body[member] = value
    if "annotation" in changes:
        body["annotations"] = [
            {"key": one["key"], "value": other if one["key"] == annotation else one["value"]}
            for one in body["annotations"]
        ]

    quick = quick_row_of(body, text_of(body))

    assert quick is None or quick == slow_row(body)


@pytest.mark.parametrize("record", [run(1), of_action("hello", 2), failed(3)])
def test_an_ordinary_run_goes_the_quick_way(record: Activation) -> None:
    assert quick_row_of(record.received or {}, "{}") is not None


@pytest.mark.parametrize("record", [firing(1, "a" * 32), sequence(2, "b" * 32), run(3, cause="c" * 32)])
def test_what_is_linked_to_others_does_not(record: Activation) -> None:
    assert quick_row_of(record.received or {}, "{}") is None
