"""The fields of records, as platforms write them."""

import pytest

from tests.entities.recorded import recorded
from tui.entities.action import Action, is_binary_code
from tui.entities.activation import Activation, State
from tui.entities.limits import LimitBounds, Limits, NamespaceLimits
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Parameter
from tui.entities.rule import Rule, RuleStatus
from tui.entities.trigger import Trigger


def test_an_action_is_read_with_all_that_it_says() -> None:
    action = Action.from_json(recorded("action"))

    assert action.full_name == FullName("guest", "hello", "demo")
    assert action.name == "demo/hello"
    assert (action.kind, action.exec.main, action.exec.binary) == ("nodejs:20", "main", False)
    assert action.exec.code is not None
    assert action.exec.code.startswith("function main")
    assert action.limits == Limits(timeout_ms=120_000, memory_mb=256, logs_mb=10, concurrency=1)
    assert action.parameters == (
        Parameter("name", "nobody"),
        Parameter("TOKEN", "abc", init=True),
        Parameter("nothing", None),
    )
    assert action.is_web
    assert (action.version, action.updated_ms) == ("0.0.3", 1_700_000_000_123)


def test_a_list_of_actions_tells_kinds_by_annotation_only() -> None:
    report, both = map(Action.from_json, recorded("action-list"))

    assert (report.kind, report.exec.code, report.exec.binary) == ("python:3.11", None, True)
    assert both.is_sequence


def test_a_sequence_names_its_components() -> None:
    assert Action.from_json(recorded("sequence")).exec.components == ("/guest/split", "/guest/demo/join")


@pytest.mark.parametrize("name", ["action", "sequence"])
def test_an_action_is_written_as_it_was_read(name: str) -> None:
    assert Action.from_json(recorded(name)).to_json() == recorded(name)


def test_a_trigger_knows_the_state_of_its_rules() -> None:
    trigger = Trigger.from_json(recorded("trigger"))

    assert trigger.active_rules == ("guest/on-upload",)
    assert trigger.rules is not None
    assert trigger.rules["guest/audit"].status is RuleStatus.INACTIVE
    assert trigger.rules["guest/on-upload"].action == FullName("guest", "hello", "demo")
    assert trigger.to_json() == recorded("trigger")


def test_a_trigger_that_never_had_a_rule_is_no_trigger_without_rules() -> None:
    assert Trigger.from_json(recorded("trigger-without-rules")).rules is None


def test_a_rule_links_a_trigger_and_a_packaged_action() -> None:
    rule = Rule.from_json(recorded("rule"))

    assert (str(rule.trigger), str(rule.action), rule.is_active) == ("guest/upload", "guest/demo/hello", True)
    assert rule.to_json() == recorded("rule")


def test_a_rule_in_a_list_does_not_tell_its_status() -> None:
    summary = recorded("rule")
    del summary["status"]

    assert Rule.from_json(summary).status is None


def test_a_package_says_in_two_ways_that_it_is_no_binding() -> None:
    listed, bound = map(Package.from_json, recorded("package-list"))

    assert listed.binding is None
    assert Package.from_json(recorded("package")).binding is None
    assert bound.binding == FullName("whisk.system", "alarms")


def test_a_run_tells_what_ran_how_long_and_how_it_ended() -> None:
    activation = Activation.from_json(recorded("activation-action"))

    assert activation.entity_name == "demo/hello"
    assert (activation.start_ms, activation.end_ms, activation.duration_ms) == (
        1_700_000_000_000,
        1_700_000_000_034,
        34,
    )
    assert (activation.wait_ms, activation.init_ms, activation.kind) == (12, 20, "nodejs:20")
    assert activation.limits == Limits()
    assert activation.state is State.SUCCESS
    assert activation.response is not None
    assert (activation.response.result, activation.response.size_bytes) == ({"greeting": "hello Jane"}, 26)


def test_log_lines_are_split_whatever_the_precision_of_their_times() -> None:
    out, err = Activation.from_json(recorded("activation-action")).log_lines()

    assert (out.stream, out.text) == ("stdout", "hi")
    assert (err.timestamp, err.stream) == ("2023-11-14T22:13:20.0123Z", "stderr")
    assert [out.format(), err.format()] == recorded("activation-action")["logs"]


def test_a_firing_names_the_run_behind_each_rule_or_why_there_is_none() -> None:
    firing = Activation.from_json(recorded("activation-trigger"))
    ran, missing, inactive = firing.rule_outcomes()

    assert (firing.is_trigger, firing.state, firing.duration_ms, firing.end_ms) == (True, State.FIRED, None, None)
    assert (ran.rule, ran.action, ran.success) == ("guest/on-upload", "guest/demo/hello", True)
    assert ran.activation_id == recorded("activation-action")["activationId"]
    assert (missing.activation_id, missing.error) == (None, "The requested resource does not exist.")
    assert inactive.error is not None
    assert "is inactive" in inactive.error


def test_a_sequence_lists_its_steps_instead_of_log_lines() -> None:
    sequence = Activation.from_json(recorded("activation-sequence"))

    assert sequence.is_sequence
    assert [step[:2] for step in sequence.step_ids()] == ["3d", "4e"]
    assert sequence.state is State.APPLICATION_ERROR
    assert sequence.response is not None
    assert sequence.response.error_text == "no such file"


def test_a_step_knows_its_sequence() -> None:
    assert Activation.from_json(recorded("activation-timeout")).cause == recorded("activation-sequence")["activationId"]


def test_a_list_tells_firings_and_runs_apart() -> None:
    run, firing = map(Activation.from_json, recorded("activation-list"))

    assert (run.state, run.response) == (State.DEVELOPER_ERROR, None)
    assert (firing.state, firing.end_ms) == (State.FIRED, None)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, State.TIMEOUT),
        ({"annotations": [{"key": "path", "value": "guest/slow"}]}, State.DEVELOPER_ERROR),
        (
            {
                "annotations": [{"key": "path", "value": "guest/slow"}],
                "response": {
                    "status": "action developer error",
                    "success": False,
                    "result": {"error": "The action was cancelled."},
                },
            },
            State.CANCELLED,
        ),
        (
            {"annotations": [{"key": "path", "value": "guest/slow"}], "response": {"status": "whisk internal error"}},
            State.INTERNAL_ERROR,
        ),
        (
            {"annotations": [{"key": "path", "value": "guest/slow"}], "response": {"status": "unheard of"}},
            State.INTERNAL_ERROR,
        ),
    ],
)
def test_every_outcome_has_one_word(changes: dict[str, object], state: State) -> None:
    activation = Activation.from_json({**recorded("activation-timeout"), **changes})

    assert activation.state is state
    assert activation.state.is_failure


def test_a_rate_of_a_million_is_no_rate() -> None:
    limits = NamespaceLimits.from_json(recorded("namespace-limits"))

    assert limits.bounds == LimitBounds(max_timeout_ms=300_000, max_memory_mb=512, max_concurrency=1)
    assert (limits.invocations_per_minute, limits.fires_per_minute, limits.concurrent_invocations) == (None, 60, 30)


def test_fields_of_tomorrow_are_tolerated() -> None:
    assert Rule.from_json({**recorded("rule"), "mood": "fine"}) == Rule.from_json(recorded("rule"))


@pytest.mark.parametrize(
    ("code", "binary"),
    [
        ("UEsDBA==", True),
        (" UEsDBA==\n", True),
        ("abcd", True),
        ("function main() {}", False),
        ("abc", False),
        ("", False),
    ],
)
def test_code_is_an_archive_when_it_looks_like_base64(code: str, binary: bool) -> None:
    assert is_binary_code(code) is binary
