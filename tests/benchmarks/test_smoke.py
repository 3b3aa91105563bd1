"""The harness itself: that it measures, judges, repeats, says what it skipped, and leaves nothing behind."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.benchmarks import table
from tests.benchmarks.load import BadAnswer, make_request, run_load
from tests.benchmarks.rounds import interleave
from tests.benchmarks.row import Measured, Measurements, Row
from tests.benchmarks.subject import until

TOP = Path(__file__).parents[2]
FASTER = Row(
    key="X1",
    what="requests",
    unit="req/s",
    metric="ours",
    baseline="theirs",
    against="theirs",
    must=2,
    aim=4,
    more_is_better=True,
)
SMALLER = Row(key="X2", what="memory", unit="MB", metric="ours", must=12, aim=8)


@contextmanager
def a_server_that_answers(*parts: bytes) -> Iterator[str]:
    """One connection, and for each request on it the same bytes, in these pieces."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while connection.recv(65536):
                    for part in parts:
                        connection.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join(10)


def test_a_trial_of_the_cheap_rows_prints_a_table_and_leaves_no_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--smoke", "--markdown", "R4", "R11", "D7"],
        cwd=TOP,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert [cells[0] for cells in lines] == ["| #", "| ---", "| R4", "| R11", "| D7"]
    assert {cells[-1] for cells in lines[2:]} == {"trial |"}
    assert list(tmp_path.iterdir()) == []
    assert not [command for command in running() if str(tmp_path) in command]


def test_a_measurement_that_is_ended_from_outside_leaves_no_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks", "R11"],
        cwd=TOP,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        until(lambda: any(tmp_path.glob("*/*/data/endpoint.json")), "a runtime", within_s=60)

        child.terminate()

        assert child.wait(60) == 143
    assert list(tmp_path.iterdir()) == []
    assert not [command for command in running() if str(tmp_path) in command]


def running() -> list[str]:
    """The commands of all processes, where the system tells."""
    commands = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return commands


def test_a_row_that_does_not_exist_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "R99"],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "R99" in done.stderr


def test_the_load_generator_keeps_its_connection_and_counts_every_answer() -> None:
    with a_server_that_answers(b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 4\r\n\r\nab", b"cd") as url:
        load = run_load(url, [make_request(url, "GET", "/")], in_flight=1, at_most=20)

    assert load.answers == 20
    assert 0 < load.percentile_ms(50) <= load.percentile_ms(99)


def test_the_load_generator_reads_answers_in_chunks() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with a_server_that_answers(head + b"2\r\n{}\r\n", b"0\r\n\r\n") as url:
        load = run_load(url, [make_request(url, "GET", "/")], in_flight=1, at_most=5)

    assert load.answers == 5


def test_an_answer_of_another_status_ends_the_measurement() -> None:
    with (
        a_server_that_answers(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") as url,
        pytest.raises(BadAnswer, match="502"),
    ):
        run_load(url, [make_request(url, "GET", "/")], in_flight=1, at_most=5)


def test_requests_can_be_spaced_out() -> None:
    with a_server_that_answers(b"HTTP/1.1 204 No Content\r\n\r\n") as url:
        load = run_load(url, [make_request(url, "GET", "/", status=204)], in_flight=1, at_most=20, rate=100)

    assert load.elapsed_s >= 0.19


def test_a_round_whose_baseline_is_far_from_its_best_is_repeated() -> None:
    baselines = iter([100.0, 40.0, 100.0, 100.0])

    measured = interleave([lambda: {"ours": 300.0}, lambda: {"theirs": next(baselines)}], [FASTER], rounds=3)

    assert [one["theirs"] for one in measured.rounds] == [100, 100, 100]
    assert measured.notes


def test_rounds_are_not_repeated_for_ever() -> None:
    baselines = iter([100.0, 10.0] * 10)

    measured = interleave([lambda: {"ours": 300.0}, lambda: {"theirs": next(baselines)}], [FASTER], rounds=3)

    assert len(measured.rounds) == 3


@pytest.mark.parametrize(("ours", "verdict"), [(450.0, "aim"), (250.0, "must"), (150.0, "MISSED")])
def test_the_verdict_is_on_the_ratio_to_the_baseline(ours: float, verdict: str) -> None:
    judged = Measurements([{"ours": ours, "theirs": 100.0}]).judge(FASTER)

    assert judged.verdict == verdict


@pytest.mark.parametrize(("ours", "verdict"), [(7.0, "aim"), (11.0, "must"), (13.0, "MISSED")])
def test_without_a_baseline_it_is_on_the_number_itself(ours: float, verdict: str) -> None:
    assert Measurements([{"ours": ours}]).judge(SMALLER).verdict == verdict


def test_a_baseline_that_is_not_here_is_named_and_the_value_still_shown() -> None:
    judged = Measurements([{"ours": 300.0}], {"theirs": "no redis-server on PATH"}).judge(FASTER)

    assert judged.value == 300
    assert not judged.is_missed
    assert "skipped: no redis-server on PATH" in table.plain([judged])


def test_a_bar_in_a_text_does_not_break_the_markdown_table() -> None:
    row = Row(key="X3", what="script | cat", unit="MB/s", metric="ours", must=1, aim=2)

    assert "script \\| cat" in table.markdown([Measured(row, 1.0)])
