"""`serve` and `stop`: what a script that starts a runtime may rely on."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, runner
from tests.cli.quick import Starter
from tests.running import RunningRuntime, isolated_environment, running_runtime
from tests.runtime.serving import configure, eventually, talking_to

RUNNING = "/whisktop/v1/namespaces/_/running"


@pytest.fixture
def alone(commands: Starter, tmp_path: Path) -> Run:
    """Runs a command where nothing names an endpoint: the local runtime is meant, in a folder of the test's own."""
    return runner(commands, isolated_environment(tmp_path) | {"WHISKTOP_RUNTIME_PORT": "0"})


def test_the_properties_are_complete_and_private_once_it_says_ready(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as runtime:
        text = runtime.wskprops.read_text()
        mode = runtime.wskprops.stat().st_mode

    assert text == f"APIHOST={runtime.url}\nAUTH={runtime.auth}\nNAMESPACE=guest\n"
    assert mode & 0o777 == 0o600
    assert runtime.process.returncode == 0  # SIGTERM is its ordinary end


def test_a_second_one_on_the_same_folder_names_the_first_and_ends_with_2(runtime: RunningRuntime, offline: Run) -> None:
    done = offline("serve", "--data-dir", str(runtime.data_dir), "--port", "0", code=2)

    assert done.stdout == ""
    assert runtime.url in done.stderr


def test_a_port_that_is_taken_is_named_and_ends_with_2(offline: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = str(stranger.getsockname()[1])
        done = offline("serve", "--data-dir", str(tmp_path / "data"), "--port", port, code=2)

    assert done.stdout == ""
    assert port in done.stderr


def test_a_node_that_never_answers_holds_up_no_end(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\nexec sleep 60\n")
    node.chmod(0o755)
    command = [sys.executable, "-m", "tui", "serve", "--data-dir", str(tmp_path / "data"), "--port"]
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        done = subprocess.run(
            [*command, str(stranger.getsockname()[1])],
            env=isolated_environment(tmp_path) | {"WHISKTOP_NODE": str(node)},
            capture_output=True,
            timeout=18,  # the node would be given up after 20 s
            check=False,
        )

    assert done.returncode == 2


def test_the_key_of_a_folder_never_changes(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as first:
        pass
    with running_runtime(tmp_path, "--namespace", "team") as second:
        pass

    assert first.auth == second.auth
    assert (first.namespace, second.namespace) == ("guest", "team")


def test_stop_lets_running_jobs_end_and_then_says_that_nothing_runs(
    tmp_path: Path, commands: Starter, files: Path
) -> None:
    configure(tmp_path, drain_s=30)
    with running_runtime(tmp_path) as runtime, talking_to(runtime) as platform:
        run = runner(commands, runtime.environment)
        run("create", "action", "slow", str(files / "slow.py"))
        activation_id = run("invoke", "slow", "-p", "s", "2").stdout.strip()
        eventually(lambda: all(one["state"] == "running" for one in platform.call("GET", RUNNING).json()["running"]))

        stopped = run("stop", "--data-dir", str(runtime.data_dir), "--json")
        assert runtime.process.wait(30) == 0
        again = run("stop", "--data-dir", str(runtime.data_dir))
    with running_runtime(tmp_path) as restarted:
        record = runner(commands, restarted.environment)("get", "activations", activation_id, "--json").json

    assert stopped.json == {"stopped": True}
    assert "No local runtime" in again.stdout
    assert record["response"]["result"] == {"slept": 2}


def test_where_nothing_names_an_endpoint_the_local_runtime_is_started_and_found_again(alone: Run) -> None:
    try:
        first = alone("get", "actions", "--json")
        second = alone("get", "actions", "--json")
        shown = alone("config", "show", "--json")
    finally:
        stopped = alone("stop", "--json")

    assert first.json == second.json == []
    assert "Starting the local runtime" in first.stderr
    assert second.stderr == ""
    assert shown.json["endpoint"]["context"] == "local"
    assert stopped.json == {"stopped": True}
    assert alone("stop", "--json").json == {"stopped": False}


def test_a_read_only_look_at_the_local_runtime_refuses_writes(alone: Run) -> None:
    try:
        refused = alone("create", "trigger", "t", "--read-only", code=2)
    finally:
        alone("stop")

    assert "read-only" in refused.stderr


def test_serve_takes_a_free_port_where_it_may(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = str(stranger.getsockname()[1])
        with running_runtime(tmp_path, "--port", port, "--any-port") as runtime:
            assert not runtime.url.endswith(f":{port}")
            endpoint = json.loads((runtime.data_dir / "endpoint.json").read_text())

    assert endpoint["url"] == runtime.url


def test_nothing_but_the_ready_line_reaches_stdout(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as runtime:
        runtime.process.terminate()
        assert runtime.process.stdout is not None
        assert runtime.process.stdout.read() == ""
        assert runtime.process.wait(10) == 0
