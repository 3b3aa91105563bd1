"""`whisktop history`: works without a network, on the account that the context names."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run, runner
from tests.cli.quick import Starter
from tests.history.given import firing, run
from tests.running import RunningRuntime, isolated_environment


def write(file: Path, records: Iterable[Any]) -> str:
    file.write_text("".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in records))
    return str(file)


@pytest.fixture
def records(tmp_path: Path) -> str:
    return write(tmp_path / "records.jsonl", [run(2).received, firing(1, f"{2:032x}").received])


def test_what_is_imported_is_told_and_exported_as_it_came_oldest_first(offline: Run, records: str) -> None:
    assert offline("history", "import", records, "--json").json == {"new": 2, "repeats": 0, "bad": 0}

    exported = [json.loads(line) for line in offline("history", "export").lines]
    assert exported == [firing(1, f"{2:032x}").received, run(2).received]
    assert offline("history", "export", "--json").json == exported
    info = offline("history", "info", "--json").json
    assert (info["records"], info["names"], info["inFlight"]) == (2, 2, 0)
    assert Path(info["file"]).parent.name == "history"


def test_an_export_can_be_taken_in_elsewhere_and_repeats_are_ignored(
    offline: Run, records: str, tmp_path: Path
) -> None:
    offline("history", "import", records)
    exported = write(tmp_path / "exported.jsonl", [offline("history", "export").stdout])

    assert offline("history", "import", exported, "--json").json == {"new": 0, "repeats": 2, "bad": 0}
    elsewhere = offline("history", "import", exported, "--json", WHISK_AUTH="another:key").json
    assert elsewhere["new"] == 2


def test_bad_lines_are_counted_named_and_skipped(offline: Run, tmp_path: Path) -> None:
    without_start = {key: value for key, value in (run(3).received or {}).items() if key != "start"}
    file = write(
        tmp_path / "mixed.jsonl",
        ["not json\n", run(1).received, "\n", "[1]\n", without_start, {"activationId": 5}, "[" * 100_000 + "\n"],
    )

    done = offline("history", "import", file)

    assert done.stdout == "1 new, 0 known already, 5 bad lines skipped.\n"
    assert [line.partition("mixed.jsonl, ")[2] for line in done.stderr.splitlines()] == [
        "line 1: it is not JSON; skipped.",
        "line 4: it is not a JSON object; skipped.",
        "line 5: it has no start; skipped.",
        "line 6: it has no namespace; skipped.",
        "line 7: it is not JSON; skipped.",
    ]


def test_a_file_of_nothing_but_bad_lines_is_a_failure(offline: Run, tmp_path: Path) -> None:
    offline("history", "import", write(tmp_path / "bad.jsonl", ["bad\n"] * 50), code=1)
    offline("history", "import", str(tmp_path / "missing.jsonl"), code=2)


def test_a_long_file_is_read_by_several_processes_with_progress(offline: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "long.jsonl", [run(number).received for number in range(30_000)])

    done = offline("history", "import", file, "--json")

    assert done.json == {"new": 30_000, "repeats": 0, "bad": 0}
    assert all(line.endswith("of the file …") for line in done.stderr.splitlines())


def test_an_account_without_a_history_says_so(offline: Run) -> None:
    for command in (["export"], ["info"], ["prune"], ["search", "word"]):
        assert "Nothing of environment was seen yet" in offline("history", *command, code=5).stderr


def test_lines_of_logs_are_found_by_words_and_phrases(offline: Run, tmp_path: Path) -> None:
    logs = ["2026-01-01T00:00:00.000000000Z stderr: Order 4711 failed", "2026-01-01T00:00:01.000000000Z stdout: done"]
    offline("history", "import", write(tmp_path / "printed.jsonl", [run(1, logs=logs).received, run(2).received]))

    found = offline("history", "search", "order", "fail", "--json").json
    assert found == [
        {
            "activationId": f"{1:032x}",
            "name": "demo/hello",
            "start": run(1).start_ms,
            "line": 1,
            "stream": "stderr",
            "text": "Order 4711 failed",
        }
    ]
    assert "Order 4711 failed" in offline("history", "search", "4711 failed").stdout
    assert "Order 4711 failed" in offline("history", "search", '"4711 failed"').stdout
    assert offline("history", "search", "order", "--last", "1", "--json").json == []
    assert offline("history", "search", "failed 4711", "--jsonl").stdout == ""


def test_what_is_beyond_the_bounds_is_removed(offline: Run, records: str) -> None:
    offline("history", "import", records)

    assert offline("history", "prune", "--json", WHISKTOP_HISTORY_RETENTION_DAYS="off").json == {"removed": 0}
    assert offline("history", "prune", "--json").json == {"removed": 2}  # they are of years ago
    assert offline("history", "info", "--json").json["records"] == 0


def test_an_escaped_header_is_not_kept_either(offline: Run, tmp_path: Path) -> None:
    body = json.dumps(run(1, logs=["x stdout: authorization: Basic c2VjcmV0c2VjcmV0c2VjcmV0"]).received)
    file = write(tmp_path / "escaped.jsonl", [body.replace("authorization", "\\u0061uthorization") + "\n"])

    offline("history", "import", file)

    assert "c2VjcmV0" not in offline("history", "export").stdout


def test_the_local_runtime_need_not_run(
    commands: Starter, runtime: RunningRuntime, records: str, tmp_path: Path
) -> None:
    local = runner(commands, isolated_environment(tmp_path))

    told = local("history", "info", code=2)
    assert "has no key yet" in told.stderr

    folder = tmp_path / "runtime"
    folder.mkdir()
    (folder / "key").write_text((runtime.data_dir / "key").read_text())
    variables = {"WHISKTOP_RUNTIME_DATA_DIR": str(folder)}
    assert local("history", "import", records, "--json", **variables).json["new"] == 2
