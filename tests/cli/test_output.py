"""What reaches stdout: data alone, valid whatever strangers wrote, and harmless on a terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.platform import Platform
from tests.running import isolated_environment

ID = "0123456789abcdef0123456789abcdef"
HOSTILE = "a\x1b[31mred\x1b[0m \x9b1m \u202egnp.exe \x7f \u2028 end"


def record(result: Any = None, **changes: Any) -> dict[str, Any]:
    """A record as a platform writes it, with members that nobody here knows."""
    return {
        "activationId": ID,
        "namespace": "guest",
        "name": "hello",
        "version": "0.0.1",
        "subject": "guest",
        "start": 1_700_000_000_000,
        "end": 1_700_000_000_034,
        "duration": 34,
        "response": {"status": "success", "success": True, "result": result, "size": 2},
        "logs": [],
        "annotations": [{"key": "path", "value": "guest/hello"}, {"key": "kind", "value": "nodejs:20"}],
        "publish": False,
        "newMember": {"deep": [1, None, 1.5]},
        **changes,
    }


def test_json_is_the_platforms_own_record_to_the_last_member(remote: Run, platform: Platform) -> None:
    platform.set(f"GET activations/{ID}", record({"a": [1, 2.5, None, "ü☃"]}))

    done = remote("get", "activations", ID, "--json")

    assert done.json == record({"a": [1, 2.5, None, "ü☃"]})
    assert done.stderr == ""


def test_a_list_is_the_platforms_own_and_with_jsonl_one_element_a_line(remote: Run, platform: Platform) -> None:
    rules = [
        {
            "namespace": "guest",
            "name": f"r{number}",
            "trigger": {"path": "guest", "name": "t"},
            "action": {"path": "guest", "name": "a"},
            "updated": number,
            "unknown": True,
        }
        for number in range(3)
    ]
    platform.set("GET rules", rules)

    assert remote("get", "rules", "--json").json == rules
    assert [json.loads(line) for line in remote("get", "rules", "--jsonl").lines] == rules
    assert remote("get", "rules", "--json", "--limit", "2").json == rules[:2]


def test_an_empty_list_is_an_empty_document(remote: Run, platform: Platform) -> None:
    platform.set("GET triggers", [])

    assert remote("get", "triggers", "--json").stdout == "[]\n"
    assert remote("get", "triggers", "--jsonl").stdout == ""


@pytest.mark.parametrize(
    "text", [HOSTILE, "lone \ud800 surrogate", "\udcff", "null \x00 byte", "\u2066isolate", "emoji 👩‍👩‍👧"]
)
def test_text_of_any_kind_survives_in_json_that_bears_every_reader(remote: Run, platform: Platform, text: str) -> None:
    platform.set(f"GET activations/{ID}", record({"text": text}, logs=[text]))

    done = remote("get", "activations", ID, "--json")

    assert done.json["response"]["result"]["text"] == text
    assert done.stdout.count("\n") == 1
    assert len(done.stdout.splitlines()) == 1  # which also ends lines at U+2028 and U+0085
    assert not any(sign in done.stdout for sign in "\x1b\x9b\x7f\u202e")


def test_numbers_that_json_does_not_have_become_null(remote: Run, platform: Platform) -> None:
    answer = json.dumps(record({"a": float("nan"), "b": [float("inf")], "c": 1e300}))
    platform.set(f"GET activations/{ID}", answer)

    assert remote("get", "activations", ID, "--json").json["response"]["result"] == {"a": None, "b": [None], "c": 1e300}


def test_a_very_deep_result_is_printed(remote: Run, platform: Platform) -> None:
    deep: Any = 0
    for _ in range(400):
        deep = [deep]
    platform.set(f"GET activations/{ID}", record({"deep": deep}))

    assert remote("get", "activations", ID, "--json").json["response"]["result"] == {"deep": deep}
    assert remote("get", "activations", ID).stdout.count("[") == 400


def on_terminal(terminal: tuple[int, int], env: dict[str, str], *words: str) -> str:
    """What a command writes to a terminal."""
    ours, theirs = terminal
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *words],
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    written = b""
    os.set_blocking(ours, False)
    while True:
        ended = process.poll() is not None
        try:
            written += os.read(ours, 65536)
        except BlockingIOError:
            if ended:
                return written.decode()
            try:
                process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue


@pytest.fixture
def env(platform: Platform, tmp_path: Path) -> dict[str, str]:
    return isolated_environment(tmp_path) | {"WHISK_APIHOST": platform.url, "WHISK_AUTH": "u:k", "TERM": "xterm"}


@pytest.mark.parametrize(
    "words",
    [
        ["get", "activations", ID],
        ["get", "activations"],
        ["logs", ID],
        ["trace", ID],
        ["get", "activations", ID, "--json"],
        ["get", "actions", "missing"],
    ],
)
def test_no_control_character_from_outside_reaches_a_terminal(
    platform: Platform, env: dict[str, str], terminal: tuple[int, int], words: list[str]
) -> None:
    hostile = record({HOSTILE: HOSTILE}, name=HOSTILE, logs=[f"2023-11-14T22:13:20.012345678Z stdout: {HOSTILE}"])
    hostile["annotations"] = []
    platform.set(f"GET activations/{ID}", hostile)
    platform.set(f"GET activations/{ID}/logs", {"logs": hostile["logs"]})
    platform.set("GET activations", [hostile])
    platform.set("GET actions/missing", {"error": HOSTILE, "code": "c"}, status=400)

    written = on_terminal(terminal, env | {"NO_COLOR": "1"}, *words)

    assert "red" in written
    assert not set("\x1b\x9b\x7f\u202e\u2028") & set(written)


def test_colour_is_for_terminals_without_no_color(
    platform: Platform, env: dict[str, str], terminal: tuple[int, int], remote: Run
) -> None:
    platform.set(f"GET activations/{ID}", record({"a": 1}))

    assert "\x1b[32msuccess" in on_terminal(terminal, env, "get", "activations", ID)
    assert "\x1b" not in on_terminal(terminal, env | {"NO_COLOR": "1"}, "get", "activations", ID)
    assert "\x1b" not in remote("get", "activations", ID).stdout


def test_nothing_is_cut(remote: Run, platform: Platform) -> None:
    name, lines = "n" * 256, [f"line {number} " + "x" * 500 for number in range(300)]
    platform.set(f"GET activations/{ID}", record({"text": "y" * 5000}, name=name, annotations=[], logs=lines))

    shown = remote("get", "activations", ID).stdout

    assert name in shown
    assert "y" * 5000 in shown
    assert all(line in shown for line in lines)


@pytest.mark.parametrize("words", [["get", "activations", "--jsonl"], ["logs", ID]])
def test_a_closed_pipe_ends_quietly(platform: Platform, env: dict[str, str], words: list[str]) -> None:
    many = [record({"n": number}, activationId=f"{number:032x}", start=number + 10**12) for number in range(200)]
    platform.set("GET activations", many)
    platform.set(f"GET activations/{ID}/logs", {"logs": ["x" * 1000] * 5000})
    reading, writing = os.pipe()
    os.close(reading)  # before the first line

    process = subprocess.run(
        [sys.executable, "-m", "tui", *words], env=env, stdout=writing, stderr=subprocess.PIPE, timeout=30, check=False
    )
    os.close(writing)

    assert process.stderr == b""
    assert process.returncode == 0


Words = Callable[[str], list[str]]


@pytest.mark.parametrize(
    "words",
    [
        ["get", "rules", "--json"],
        ["get", "--json", "rules"],
        ["--context", "other", "get", "rules", "--json", "--context", "mine"],
        ["--read-only", "get", "rules", "--json", "--context", "mine"],
    ],
)
def test_common_options_may_stand_anywhere(remote: Run, platform: Platform, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "config.toml").write_text(f'[contexts.mine]\napihost = "{platform.url}"\nauth = "u:k"\n')
    platform.set("GET rules", [])

    assert remote(*words).json == []


def test_common_options_may_stand_between_a_command_and_its_kind(remote: Run, platform: Platform) -> None:
    answer = {"namespace": "guest", "name": "t", "version": "0.0.1", "publish": False, "annotations": []}
    platform.set("PUT triggers/t", answer)

    assert remote("create", "--json", "trigger", "t").json == answer
    assert remote("create", "trigger", "--json", "t").json == answer


@pytest.mark.parametrize("words", [["--version"], ["get", "--version"], ["create", "action", "--version"]])
def test_the_version_is_told_everywhere(offline: Run, words: list[str]) -> None:
    assert offline(*words).stdout.startswith("whisktop 0.")


def test_no_key_is_printed_unmasked(remote: Run, tmp_path: Path) -> None:
    key = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:hushhushhush"
    (tmp_path / "config.toml").write_text(f'[contexts.mine]\napihost = "h"\nauth = "{key}"\n')

    for words in (["config", "show"], ["config", "show", "--json"]):
        done = remote(*words, "--context", "mine")
        assert "hushhushhush" not in done.stdout + done.stderr
        assert "[contexts.mine]" in done.stdout
