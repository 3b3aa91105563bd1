"""The exit code is the answer that scripts read; codes 2 to 5 leave stdout empty."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.platform import CUT, DOWN, PAGE, Platform, Trouble

ID = "0123456789abcdef0123456789abcdef"


def test_without_a_terminal_the_dashboard_says_so(offline: Run) -> None:
    done = offline(code=2)

    assert done.stdout == ""
    assert "terminal" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["get"],
        ["get", "nonsense"],
        ["get", "actions", "--nonsense"],
        ["get", "actions", "--limit", "0"],
        ["get", "actions", "hello", "--limit", "3"],
        ["get", "actions", "--json", "--jsonl"],
        ["no-such-command"],
        ["create", "nonsense", "x"],
        ["wait"],
        ["wait", ID, "--timeout", "soon"],
        ["feed", "--since", "yesterday"],
        ["feed", "--follow", "--json"],
        ["invoke", "a", "--payload", "{}", "-p", "k", "v"],
        ["serve", "--port", "99999"],
        ["get", "actions", "--context", "no-such-context"],
    ],
)
def test_wrong_usage_ends_with_2(offline: Run, words: list[str]) -> None:
    done = offline(*words, code=2)

    assert done.stdout == ""
    assert done.stderr


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ('{"a": 1', "line 1"),
        ('{"a" 1}', "line 1, column 6"),
        ('{"a": 1,\n "b": nope}', "line 2, column 7"),
        ("[1]", "object"),
        ("5", "object"),
        ("@no-such-file.json", "no-such-file.json"),
    ],
)
def test_a_payload_that_is_no_json_object_ends_with_2_and_says_where(offline: Run, payload: str, said: str) -> None:
    for words in (["invoke", "a"], ["fire", "t"]):
        done = offline(*words, "--payload", payload, "--json", code=2)

        assert done.stdout == ""
        assert said in done.stderr


def test_standard_input_never_opens_a_file(offline: Run, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"a": 1}')

    done = offline("invoke", "a", "--payload", "-", given=f"@{tmp_path}/secret.json", code=2)

    assert "line 1, column 1" in done.stderr


def test_a_wrong_settings_file_ends_with_2_and_names_the_line(offline: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[runtime]\nprot = 1\n")

    assert "config.toml, line 2" in offline("get", "actions", code=2).stderr


@pytest.mark.parametrize(
    "words",
    [
        ["get", "actions"],
        ["fire", "t", "--wait"],
        ["trace", ID],
        ["feed", "--follow", "--jsonl"],
        ["create", "trigger", "t"],
    ],
)
def test_a_platform_that_does_not_answer_ends_with_3(offline: Run, words: list[str]) -> None:
    done = offline(*words, code=3)

    assert done.stdout == ""
    assert "127.0.0.1:1" in done.stderr


def test_a_platform_in_trouble_ends_with_3(remote: Run, platform: Platform) -> None:
    platform.set("POST actions/a", {"error": "overloaded", "code": "c"}, status=503)

    assert "overloaded" in remote("invoke", "a", code=3).stderr


def test_too_many_requests_end_with_3(remote: Run, platform: Platform) -> None:
    platform.set("POST triggers/t", {"error": "Too many requests in the last minute.", "code": "c"}, status=429)

    assert "Too many requests" in remote("fire", "t", code=3).stderr


def test_a_key_that_is_not_accepted_ends_with_4(remote: Run, platform: Platform) -> None:
    platform.answers["GET /api/v1/namespaces"] = (401, {"error": "The supplied authentication is invalid", "code": "c"})

    done = remote("get", "actions", "--json", code=4)

    assert done.stdout == ""
    assert "key" in done.stderr


def test_what_is_not_there_ends_with_5(remote: Run) -> None:
    for words in (["get", "actions", "a"], ["invoke", "a"], ["fire", "t"], ["delete", "rule", "r"], ["logs", ID]):
        assert remote(*words, "--json", code=5).stdout == ""


def test_a_list_that_is_none_ends_with_3(remote: Run, platform: Platform) -> None:
    platform.set("GET actions", "<html>a proxy's page</html>")

    assert remote("get", "actions", "--json", code=3).stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ["invoke", "a"],
        ["fire", "t"],
        ["create", "trigger", "t"],
        ["create", "rule", "r", "t", "a"],
        ["delete", "action", "a"],
        ["enable", "r"],
        ["disable", "r"],
    ],
)
def test_read_only_refuses_every_write_and_sends_none(remote: Run, platform: Platform, words: list[str]) -> None:
    done = remote(*words, "--read-only", "--json", code=2)
    before = remote("--read-only", *words, code=2)

    assert done.stdout == ""
    assert "read-only" in done.stderr
    assert "read-only" in before.stderr
    assert {request.partition(" ")[0] for request in platform.asked} == {"GET"}


def test_a_read_only_context_refuses_writes_too(remote: Run, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[contexts.locked]\napihost = "{platform.url}"\nauth = "u:k"\nread_only = true\n'
    )

    assert "locked is read-only" in remote("fire", "t", "--context", "locked", code=2).stderr
    assert "POST" not in " ".join(platform.asked)


def test_a_fire_whose_answer_got_lost_is_looked_for_and_never_sent_again(remote: Run, platform: Platform) -> None:
    path = "POST /api/v1/namespaces/guest/triggers/upload"
    started: list[str] = []

    def accept() -> tuple[int, object]:
        started.append(platform.run("upload", result={"file": "a.png"}))
        return 202, {"activationId": started[-1]}

    platform.answers[path] = accept
    platform.trouble = Trouble(loses_writes=True)
    done = remote("fire", "upload", "-p", "file", "a.png", "--json")

    assert done.json == {"activationId": started[0]}
    assert "unknown whether that was accepted: checking" in done.stderr
    assert platform.writes == [path]


def test_an_invoke_whose_answer_got_lost_says_that_it_guesses(remote: Run, platform: Platform) -> None:
    path = "POST /api/v1/namespaces/guest/actions/resize"
    platform.answers[path] = lambda: (202, {"activationId": platform.run("resize")})
    platform.trouble = Trouble(loses_writes=True)
    done = remote("invoke", "resize", "-p", "file", "a.png")

    assert done.lines == [platform.records[0]["activationId"]]
    assert "is the only run of resize that began then: perhaps this one" in done.stderr
    assert platform.writes == [path]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(Trouble(status=429, retry_after_s=60), 3), (DOWN, 3), (CUT, 3), (PAGE, 3), (Trouble(status=403), 4)],
)
def test_every_trouble_of_a_platform_has_its_code_and_a_sentence(
    remote: Run, platform: Platform, trouble: Trouble, code: int
) -> None:
    platform.furnish()
    platform.trouble = trouble
    done = remote("get", "triggers", "--json", code=code)

    assert done.stdout == ""
    assert done.stderr
