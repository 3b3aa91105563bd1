"""Runs by command: started, waited for, traced, their logs read; against a real runtime with real workers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.conftest import Run
from tests.running import RunningRuntime

UNKNOWN = "0" * 32


@contextmanager
def running(runtime: RunningRuntime, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that does not end by itself, or not soon."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *words],
        env=runtime.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


# invoke


def test_invoke_prints_the_activation_id_and_nothing_else(whisktop: Run) -> None:
    activation_id = whisktop("invoke", "cli-echo").stdout

    assert len(activation_id.strip()) == 32
    assert activation_id == f"{activation_id.strip()}\n"
    assert list(whisktop("invoke", "cli-echo", "--json").json) == ["activationId"]


def test_invoke_wait_prints_the_platforms_own_record(whisktop: Run) -> None:
    done = whisktop("invoke", "cli-echo", "-p", "a", "1", "-p", "b", "text", "--wait", "--json")

    record = done.json
    assert record["response"]["result"] == {"a": 1, "b": "text"}
    assert record == whisktop("get", "activations", record["activationId"], "--json").json
    assert record["activationId"] in done.stderr  # whoever interrupts the waiting knows what goes on


def test_invoke_blocking_prints_the_record_that_the_platform_held_its_answer_for(whisktop: Run) -> None:
    record = whisktop("invoke", "cli-echo", "-p", "a", "1", "--blocking", "--json").json

    assert record["response"]["result"] == {"a": 1}


@pytest.mark.parametrize("how", ["--wait", "--blocking"])
def test_a_run_that_fails_makes_code_1(whisktop: Run, how: str) -> None:
    record = whisktop("invoke", "cli-boom", how, "--json", code=1).json

    assert record["response"]["result"] == {"error": "boom"}
    assert "app error" in whisktop("invoke", "cli-boom", how, code=1).stdout


def test_a_wait_that_takes_too_long_ends_with_124_and_tells_the_id(whisktop: Run) -> None:
    told = whisktop("invoke", "cli-slow", "-p", "s", "4", "--wait", "--timeout", "1.5", "--json", code=124).json
    again = whisktop("wait", told["activationId"], "--timeout", "0.1", "--json", code=124)

    assert list(told) == ["activationId"]
    assert again.json == {"activationId": told["activationId"], "pending": True}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--payload", '{"a": [1, null, "ü"]}'], {"a": [1, None, "ü"]}),
        (["-p", "n", "-5", "-p", "t", "five", "-p", "o", '{"x": []}'], {"n": -5, "t": "five", "o": {"x": []}}),
        (["-p", "a", "1", "-p", "a", "2"], {"a": 2}),
        (["-p", "nan", "NaN"], {"nan": "NaN"}),
        ([], {}),
    ],
)
def test_a_payload_may_be_written_in_several_ways(whisktop: Run, words: list[str], expected: object) -> None:
    assert whisktop("invoke", "cli-echo", *words, "--blocking", "--json").json["response"]["result"] == expected


def test_a_payload_may_come_from_a_file_or_from_standard_input(whisktop: Run, runtime: RunningRuntime) -> None:
    file = runtime.data_dir.parent / "payload.json"
    file.write_text('{"from": "file"}')

    from_file = whisktop("invoke", "cli-echo", "--payload", f"@{file}", "--blocking", "--json")
    from_pipe = whisktop("invoke", "cli-echo", "--payload", "-", "--blocking", "--json", given='{"from": "pipe"}\n')

    assert from_file.json["response"]["result"] == {"from": "file"}
    assert from_pipe.json["response"]["result"] == {"from": "pipe"}


def test_what_an_action_prints_and_answers_cannot_break_the_output(whisktop: Run) -> None:
    record = whisktop("invoke", "cli-hostile", "--wait", "--json").json

    assert record["response"]["result"]["text"] == "\x1b]0;title\x07"
    assert "\x1b[31mred \u202e" in record["logs"][0]


# fire


def test_fire_prints_the_triggers_activation_id(whisktop: Run) -> None:
    assert len(whisktop("fire", "cli-echo-rule-trigger").stdout.strip()) == 32


def test_fire_wait_prints_the_whole_trace(whisktop: Run) -> None:
    tree = whisktop("fire", "cli-echo-rule-trigger", "-p", "a", "1", "--wait", "--json").json

    assert (tree["kind"], tree["name"], tree["status"]) == ("trigger", "cli-echo-rule-trigger", "success")
    (run,) = tree["children"]
    assert (run["kind"], run["name"], run["rule"]) == ("action", "cli-echo", "cli-echo-rule")
    assert (run["status"], run["result"], run["children"]) == ("success", {"a": 1}, [])
    assert run["duration"] >= 0
    assert run["start"] >= tree["start"]
    assert not {"error", "pending"} & set(run)


def test_fire_wait_fails_if_a_branch_does(whisktop: Run) -> None:
    assert whisktop("fire", "cli-boom-rule-trigger", "--wait", "--json", code=1).json["children"][0]["result"] == {
        "error": "boom"
    }


def test_fire_wait_fails_if_a_branch_is_refused(whisktop: Run) -> None:
    whisktop("create", "trigger", "cli-half")
    whisktop("create", "rule", "cli-half-on", "cli-half", "cli-echo")
    whisktop("create", "rule", "cli-half-off", "cli-half", "cli-echo")
    whisktop("disable", "cli-half-off")

    tree = whisktop("fire", "cli-half", "--wait", "--json", code=1).json

    refused = next(child for child in tree["children"] if child["rule"] == "cli-half-off")
    assert "inactive" in refused["error"]
    assert "activationId" not in refused
    assert "refused" in whisktop("trace", tree["activationId"], code=1).stdout


def test_fire_without_an_active_rule_says_what_would_fix_it(whisktop: Run) -> None:
    whisktop("create", "trigger", "cli-unheard")

    as_json = whisktop("fire", "cli-unheard", "--json", code=1)
    as_text = whisktop("fire", "cli-unheard", "--wait", code=1)

    assert as_json.json["activationId"] is None
    assert "rule" in as_json.json["error"]
    assert as_text.stdout == ""
    assert "whisktop create rule" in as_text.stderr


def test_fire_wait_that_takes_too_long_prints_what_is_known(whisktop: Run) -> None:
    whisktop("create", "trigger", "cli-slow-trigger")
    whisktop("create", "rule", "cli-slow-rule", "cli-slow-trigger", "cli-slow")

    tree = whisktop("fire", "cli-slow-trigger", "-p", "s", "4", "--wait", "--timeout", "1.5", "--json", code=124).json

    assert tree["kind"] == "trigger"
    assert tree["children"][0]["pending"] is True


# wait


def test_wait_prints_one_record_or_a_list_in_the_order_of_the_ids(whisktop: Run) -> None:
    slow = whisktop("invoke", "cli-slow", "-p", "s", "1").stdout.strip()
    quick = whisktop("invoke", "cli-echo").stdout.strip()

    both = whisktop("wait", slow, quick, "--json").json

    assert [record["activationId"] for record in both] == [slow, quick]
    assert whisktop("wait", slow, "--json").json == both[0]
    assert [json.loads(line) for line in whisktop("wait", slow, quick, "--jsonl").lines] == both


def test_wait_on_a_trigger_waits_for_its_runs_and_fails_with_them(whisktop: Run) -> None:
    fired = whisktop("fire", "cli-boom-rule-trigger").stdout.strip()

    record = whisktop("wait", fired, "--json", code=1).json

    assert record["activationId"] == fired
    run_id = json.loads(record["logs"][0])["activationId"]
    assert whisktop("get", "activations", run_id, "--json").json["response"]["success"] is False


def test_an_id_that_never_was_is_told_at_once(whisktop: Run) -> None:
    for words in (["wait", UNKNOWN], ["trace", UNKNOWN, "--wait"], ["logs", UNKNOWN, "-f"]):
        assert whisktop(*words, "--json", code=5).stdout == ""


def test_an_id_may_be_shortened_as_long_as_it_is_unique(whisktop: Run) -> None:
    activation_id = whisktop("invoke", "cli-echo", "--wait", "--json").json["activationId"]
    short = activation_id[:28]

    assert whisktop("get", "activations", short, "--json").json["activationId"] == activation_id
    assert whisktop("wait", short, "--json").json["activationId"] == activation_id
    assert whisktop("logs", short, "--json").json["activationId"] == activation_id
    assert whisktop("get", "activations", "0" * 20, code=5).stdout == ""
    assert whisktop("get", "activations", "no-id", code=2).stdout == ""


# trace


def test_trace_works_from_any_node(whisktop: Run) -> None:
    tree = whisktop("fire", "cli-echo-rule-trigger", "--wait", "--json").json

    from_the_run = whisktop("trace", tree["children"][0]["activationId"], "--json").json

    assert from_the_run == tree == whisktop("trace", tree["activationId"], "--json").json


def test_trace_of_a_run_that_has_not_ended_says_so_and_with_wait_waits(whisktop: Run) -> None:
    activation_id = whisktop("invoke", "cli-slow", "-p", "s", "2").stdout.strip()

    now = whisktop("trace", activation_id, "--json", code=5)
    later = whisktop("trace", activation_id, "--wait", "--json")

    assert now.stdout == ""
    assert "running" in now.stderr
    assert later.json["result"] == {"slept": 2}


# logs


def test_logs_prints_the_lines(whisktop: Run) -> None:
    activation_id = whisktop("invoke", "cli-echo", "-p", "k", "v", "--wait", "--json").json["activationId"]

    (line,) = whisktop("logs", activation_id).lines

    assert line.endswith("stdout: got ['k']")
    assert whisktop("logs", activation_id, "--json").json == {"activationId": activation_id, "logs": [line]}


def test_logs_of_a_run_that_has_not_ended_say_so_and_with_follow_come_live(
    whisktop: Run, runtime: RunningRuntime
) -> None:
    activation_id = whisktop("invoke", "cli-ticking").stdout.strip()

    assert "running" in whisktop("logs", activation_id, code=5).stderr
    with running(runtime, "logs", activation_id, "-f") as following:
        assert following.stdout is not None
        lines = [following.stdout.readline()]
        assert "running" in whisktop("logs", activation_id, code=5).stderr  # it was told while the run went on
        lines += following.stdout
        assert following.wait(10) == 0
    expected = [f"tick {number}" for number in range(20)]
    assert sorted(lines) == [f"{line}\n" for line in whisktop("logs", activation_id).lines]  # each of them once
    followed = whisktop("logs", activation_id, "-f", "--json").json["logs"]
    assert [line.split("stdout: ")[1] for line in followed] == expected


def test_logs_all_merges_the_whole_trace(whisktop: Run) -> None:
    whisktop("create", "trigger", "cli-two")
    whisktop("create", "rule", "cli-two-a", "cli-two", "cli-echo")
    whisktop("create", "rule", "cli-two-b", "cli-two", "cli-boom")
    fired = whisktop("fire", "cli-two", "--wait", "--json", code=1).json["activationId"]

    lines = whisktop("logs", fired, "--all").lines
    merged = whisktop("logs", fired, "--all", "--json").json

    assert {line.split()[0] for line in lines} == {"cli-echo", "cli-boom"}
    assert merged["activationId"] == fired
    assert merged["logs"] == sorted(merged["logs"])
    assert len(merged["logs"]) == 2


# feed


def test_feed_prints_every_finished_activation_of_its_window_once(whisktop: Run) -> None:
    tree = whisktop("fire", "cli-echo-rule-trigger", "--wait", "--json").json
    expected = {tree["activationId"], tree["children"][0]["activationId"]}

    records = whisktop("feed", "--since", "10m", "--json").json
    ids = [record["activationId"] for record in records]

    assert expected <= set(ids)
    assert len(ids) == len(set(ids))
    assert all("response" in record and "logs" in record for record in records)
    assert tree["activationId"] in whisktop("feed").stdout


def test_feed_counts_its_window_by_start_time(whisktop: Run) -> None:
    old = whisktop("invoke", "cli-echo", "--wait", "--json").json
    new = whisktop("invoke", "cli-slow", "-p", "s", "3", "--wait", "--json").json  # ends now, began 3 s ago
    age_s = time.time() - new["start"] / 1000

    # A platform's clock is read from whole seconds, hence the margins.
    assert new["activationId"] in whisktop("feed", "--since", f"{age_s + 2:.0f}s", "--jsonl").stdout
    assert old["activationId"] not in whisktop("feed", "--since", "1s", "--jsonl").stdout


def test_feed_follow_prints_a_line_for_each_in_the_order_in_which_they_end(
    whisktop: Run, runtime: RunningRuntime
) -> None:
    with running(runtime, "feed", "--follow", "--since", "1m", "--jsonl") as following:
        assert following.stdout is not None
        slow = whisktop("invoke", "cli-slow", "-p", "s", "3").stdout.strip()
        quick = whisktop("invoke", "cli-echo").stdout.strip()
        ids: list[str] = []
        while slow not in ids:
            ids.append(json.loads(following.stdout.readline())["activationId"])
        following.send_signal(signal.SIGINT)
        code = following.wait(10)

    assert ids.index(quick) < ids.index(slow)  # though it began later
    assert len(ids) == len(set(ids))
    assert code in (0, 130)


def test_feed_follow_ends_when_nobody_reads_any_more(whisktop: Run, runtime: RunningRuntime) -> None:
    with running(runtime, "feed", "--follow", "--jsonl") as following:
        assert following.stdout is not None
        whisktop("invoke", "cli-echo", "--wait")
        assert following.stdout.readline()
        following.stdout.close()
        assert following.wait(10) == 0  # without another record having come
        assert following.stderr is not None
        assert following.stderr.read() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_wait_ends_with_130_and_leaves_the_run_alone(
    whisktop: Run, runtime: RunningRuntime, number: signal.Signals
) -> None:
    with running(runtime, "invoke", "cli-slow", "-p", "s", "2", "--wait") as waiting:
        assert waiting.stderr is not None
        activation_id = waiting.stderr.readline().split()[3]
        os.kill(waiting.pid, number)
        assert waiting.wait(10) == 130
        assert waiting.stderr.read() == ""

    assert whisktop("wait", activation_id, "--json").json["response"]["result"] == {"slept": 2}
