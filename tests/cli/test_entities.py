"""Actions, triggers and rules by command, against a real runtime."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_an_action_is_created_from_a_file_with_everything_told_by_it(whisktop: Run, files: Path) -> None:
    created = whisktop("create", "action", "cli-made", str(files / "echo.py"), "--json").json

    assert created["exec"]["kind"].startswith("python:3.")
    assert created["limits"]["timeout"] == 60_000
    assert created == whisktop("get", "actions", "cli-made", "--json").json


def test_an_action_takes_limits_web_flag_and_parameters(whisktop: Run, files: Path) -> None:
    created = whisktop(
        "create", "action", "cli-full", str(files / "echo.py"), "--timeout", "1h30m", "--memory", "1GB", "--web", "raw",
        "-p", "n", "5", "-p", "t", "text", "--kind", "python:default", "--json",
    ).json  # fmt: skip

    annotations = {entry["key"]: entry["value"] for entry in created["annotations"]}
    assert (created["limits"]["timeout"], created["limits"]["memory"]) == (5_400_000, 1024)
    assert (annotations["web-export"], annotations["raw-http"]) == (True, True)
    assert {entry["key"]: entry["value"] for entry in created["parameters"]} == {"n": 5, "t": "text"}


def test_an_update_changes_what_is_given_and_leaves_the_rest(whisktop: Run, files: Path) -> None:
    source = str(files / "echo.py")
    whisktop("create", "action", "cli-kept", source, "--timeout", "2m", "--web", "yes", "-p", "k", "v")

    taken = whisktop("create", "action", "cli-kept", source, code=2)
    updated = whisktop("create", "action", "cli-kept", source, "--memory", "512MB", "--update", "--json").json

    assert "already" in taken.stderr
    assert (updated["limits"]["timeout"], updated["limits"]["memory"]) == (120_000, 512)
    assert {"key": "web-export", "value": True} in updated["annotations"]
    assert updated["parameters"] == [{"key": "k", "value": "v"}]
    assert updated["version"] == "0.0.2"


def test_an_update_keeps_function_and_kind_unless_they_are_given(whisktop: Run, files: Path) -> None:
    (files / "run.py").write_text("def run(args):\n    return {'old': True}\n")
    source = str(files / "run.py")
    made = whisktop("create", "action", "cli-main", source, "--main", "run", "--json").json

    (files / "run.py").write_text("def run(args):\n    return {'new': True}\n\ndef other(args):\n    return {}\n")
    updated = whisktop("create", "action", "cli-main", source, "--update", "--json").json
    ran = whisktop("invoke", "cli-main", "--wait", "--json").json
    other = whisktop("create", "action", "cli-main", source, "--update", "--main", "other", "--json").json

    assert (updated["exec"]["main"], updated["exec"]["kind"]) == ("run", made["exec"]["kind"])
    assert ran["response"]["result"] == {"new": True}
    assert other["exec"]["main"] == "other"


@pytest.mark.parametrize(
    ("file", "options", "said"),
    [
        ("missing.py", [], "missing.py"),
        ("notes.txt", [], ".py"),
        ("broken.py", [], "line 1"),
        ("echo.py", ["--timeout", "4h"], "3h"),
        ("echo.py", ["--timeout", "90"], "unit"),
        ("echo.py", ["--memory", "64GB"], "at most"),
        ("echo.py", ["--kind", "cobol:1"], "cobol:1"),
    ],
)
def test_what_cannot_be_an_action_is_refused_in_a_sentence(
    whisktop: Run, files: Path, file: str, options: list[str], said: str
) -> None:
    (files / "notes.txt").write_text("no code")
    (files / "broken.py").write_text("def main(:\n")

    done = whisktop("create", "action", "cli-bad", str(files / file), *options, "--json", code=2)

    assert done.stdout == ""
    assert said in done.stderr
    assert whisktop("get", "actions", "cli-bad", code=5)


def test_a_rule_is_created_switched_and_deleted(whisktop: Run) -> None:
    trigger = whisktop("create", "trigger", "cli-life", "--json").json
    rule = whisktop("create", "rule", "cli-life-rule", "cli-life", "cli-echo", "--json").json

    assert trigger["name"] == "cli-life"
    assert (rule["status"], rule["trigger"]["name"], rule["action"]["name"]) == ("active", "cli-life", "cli-echo")
    assert whisktop("disable", "cli-life-rule", "--json").json == {"name": "cli-life-rule", "status": "inactive"}
    assert whisktop("get", "rules", "cli-life-rule", "--json").json["status"] == "inactive"
    assert whisktop("enable", "cli-life-rule", "--json").json == {"name": "cli-life-rule", "status": "active"}
    assert whisktop("delete", "rule", "cli-life-rule", "--json").json["name"] == "cli-life-rule"
    assert whisktop("delete", "trigger", "cli-life", "--json").json["name"] == "cli-life"
    assert whisktop("get", "triggers", "cli-life", code=5)


def test_a_rule_between_things_that_do_not_exist_is_refused(whisktop: Run) -> None:
    assert "cli-nothing" in whisktop("create", "rule", "cli-r", "cli-nothing", "cli-echo", code=2).stderr


def test_lists_are_tables_for_people(whisktop: Run) -> None:
    actions = whisktop("get", "actions").lines
    rules = whisktop("get", "rules").lines

    head, echo = actions[0], next(line for line in actions if line.startswith("cli-echo "))
    assert head.index("KIND") == echo.index("python:")
    assert any(
        line.split()[:4] == ["cli-echo-rule", "active", "guest/cli-echo-rule-trigger", "guest/cli-echo"]
        for line in rules
    )
    assert "1 of 1 active" in next(line for line in whisktop("get", "triggers").lines if "cli-echo-rule" in line)


def test_one_thing_is_shown_with_all_that_is_to_be_known(whisktop: Run) -> None:
    shown = whisktop("get", "actions", "cli-echo").stdout
    trigger = whisktop("get", "triggers", "cli-echo-rule-trigger").stdout

    assert "timeout" in shown
    assert "def main(args):" in shown
    assert "guest/cli-echo-rule → guest/cli-echo (active)" in trigger


def test_a_list_may_be_longer_than_a_page(whisktop: Run) -> None:
    for _ in range(4):
        whisktop("invoke", "cli-echo", "--blocking")

    newest = whisktop("get", "activations", "--limit", "3", "--jsonl").lines
    more = whisktop("get", "activations", "--limit", "500", "--json").json

    assert [json.loads(line) for line in newest] == more[:3]
    assert len(more) == len({record["activationId"] for record in more}) > 3
