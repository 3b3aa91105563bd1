"""A trace as rows and sentences, drawn from values alone."""

from tui.dashboard.render.glyphs import ASCII, UNICODE
from tui.dashboard.render.line import Line, Span, plain_text, width_of, wrap_words
from tui.dashboard.render.trace import counts, draw_row, rows_of, so_far
from tui.entities.activation import Activation, ActivationResponse, State
from tui.entities.limits import Limits
from tui.entities.live import RunningActivation
from tui.operations.trace_node import TraceNode

NOW_MS = 1_700_000_041_000


def record(name: str, state: State, *, error: str | None = None, duration_ms: int = 880) -> Activation:
    status = {State.SUCCESS: "success", State.APPLICATION_ERROR: "application error"}[state]
    result = {"error": error} if error else {}
    return Activation(
        activation_id=f"{name:0>32}",
        namespace="guest",
        name=name,
        start_ms=NOW_MS - 5000,
        end_ms=NOW_MS - 5000 + duration_ms,
        duration_ms=duration_ms,
        response=ActivationResponse(status=status, success=error is None, result=result),
    )


def ended(name: str, state: State, *, error: str | None = None, rule: str | None = None) -> TraceNode:
    activation = record(name, state, error=error)
    return TraceNode(
        activation_id=activation.activation_id, kind="action", name=name, state=state, activation=activation, rule=rule
    )


def running(name: str, rule: str) -> TraceNode:
    told = RunningActivation(
        activation_id=f"{name:0>32}",
        entity=f"guest/{name}",
        kind="nodejs:20",
        state=State.RUNNING,
        accepted_ms=NOW_MS - 42_000,
        started_ms=NOW_MS - 41_000,
        limits=Limits(timeout_ms=120_000),
    )
    return TraceNode(
        activation_id=told.activation_id,
        kind="action",
        name=name,
        state=State.RUNNING,
        running=told,
        rule=rule,
        pending=True,
    )


SEQUENCE = TraceNode(
    activation_id="5" * 32,
    kind="sequence",
    name="ingest/pipeline",
    state=State.APPLICATION_ERROR,
    rule="pipeline-rule",
    children=(
        ended("clean", State.SUCCESS),
        ended("report", State.APPLICATION_ERROR, error="KeyError: 'region'\nat line 41"),
    ),
)
REFUSED = TraceNode(
    activation_id=None,
    kind="action",
    name="test",
    rule="audit-rule",
    error="Rule 'guest/audit-rule' is inactive, action 'guest/test' was not activated.",
)
ROOT = TraceNode(
    activation_id="1" * 32,
    kind="trigger",
    name="my-worker-trigger",
    state=State.FIRED,
    children=(running("my-worker", "async-rule"), SEQUENCE, REFUSED),
)


def drawn(width: int = 58) -> list[str]:
    return [plain_text(draw_row(row, width, NOW_MS, UNICODE)) for row in rows_of(ROOT)]


def test_the_tree_shows_rules_runs_and_steps_with_their_states() -> None:
    assert [" ".join(line.split()) for line in drawn()] == [
        "↯ my-worker-trigger fired",
        "├ ● async-rule",
        "│ └ ▶ my-worker running 41s",
        "├ ● pipeline-rule",
        "│ └ ✗ ingest/pipeline » app error",
        "│ ├ ✓ clean success 880ms",
        "│ └ ✗ report app error 880ms",
        "└ ○ audit-rule off",
        "└ ⊘ test refused",
    ]


def test_columns_stand_still_and_fit() -> None:
    lines = drawn()

    assert {
        line.index(word) for line, word in ((lines[2], "running"), (lines[5], "success"), (lines[8], "refused"))
    } == {lines[0].index("fired")}
    assert all(width_of(line) <= 58 for line in lines)


def test_the_ascii_set_draws_the_same_tree() -> None:
    lines = [plain_text(draw_row(row, 58, NOW_MS, ASCII)) for row in rows_of(ROOT)]

    assert all(line.isascii() for line in lines)
    assert counts(ROOT, ASCII) == "3 rules - 4 runs"


def test_what_there_is_to_say_is_said_in_sentences() -> None:
    said = [plain_text(line) for line in so_far(ROOT, 60, NOW_MS, UNICODE)]

    assert "▶ my-worker has used 41s of its 2m." in said
    assert "✗ ingest/pipeline stopped at step 2." in said
    assert "✗ report: KeyError: 'region'" in said
    assert "⊘ audit-rule is off, so test never ran." in said
    assert "  t turn it on" in said


def test_a_trace_without_trouble_says_so() -> None:
    assert "Everything went well." in plain_text(so_far(ended("clean", State.SUCCESS), 60, NOW_MS, UNICODE)[0])


def test_sentences_break_between_words() -> None:
    line: Line = [Span("> "), Span("Rule 'guest/audit-rule' is inactive"), Span(" and more " + "x" * 40)]

    rows = [plain_text(row) for row in wrap_words(line, 24, indent=2)]

    assert rows[:2] == ["> Rule", "  'guest/audit-rule' is"]
    assert all(width_of(row) <= 24 for row in rows)
    assert "".join("".join(rows).split()) == "".join("".join(span.text for span in line).split())
