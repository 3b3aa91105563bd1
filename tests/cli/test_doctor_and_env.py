"""`doctor` says how everything is and how to mend it; `env` makes other programs use the endpoint."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run, runner
from tests.cli.quick import Starter
from tests.platform import Platform
from tests.running import RunningRuntime, isolated_environment


@pytest.fixture
def beside(commands: Starter, runtime: RunningRuntime, tmp_path: Path) -> Run:
    """Runs a command that means the local runtime, which is the tests' own."""
    return runner(commands, isolated_environment(tmp_path) | {"WHISKTOP_RUNTIME_DATA_DIR": str(runtime.data_dir)})


@pytest.fixture
def alone(commands: Starter, tmp_path: Path) -> Run:
    """The same where no runtime has ever run."""
    return runner(commands, isolated_environment(tmp_path) | {"WHISKTOP_RUNTIME_PORT": "0"})


def healths(done: Done) -> dict[str, str]:
    return {finding["subject"]: finding["health"] for finding in done.json["findings"]}


def test_the_doctor_works_where_nothing_runs_and_starts_nothing(alone: Run, tmp_path: Path) -> None:
    done = alone("doctor", "--json")

    assert done.json["endpoint"] is None
    assert done.json["runtime"] is None
    assert {"whisktop", "node", "python", "settings", "data folder", "endpoint", "disk"} <= set(healths(done))
    assert "problem" not in healths(done).values()
    assert not (tmp_path / "share").exists()


def test_of_a_running_runtime_the_doctor_tells_pool_kinds_limits_and_what_is_kept(
    beside: Run, runtime: RunningRuntime
) -> None:
    done = beside("doctor", "--json")

    assert {"runtime", "kinds", "pool", "kept", "limits"} <= set(healths(done))
    assert done.json["endpoint"]["apihost"] == runtime.url
    assert done.json["runtime"]["pool"]["workersMax"] >= 16
    assert runtime.auth.partition(":")[2] not in done.stdout


def test_the_doctor_names_the_programs_that_a_runtime_takes(beside: Run, commands: Starter, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "node"
    old.parent.mkdir()
    old.write_text('#!/bin/sh\necho \'["18.0.0", "/old/node"]\'\n')
    old.chmod(0o755)
    path = f"{old.parent}{os.pathsep}{os.environ['PATH']}"
    run = runner(commands, isolated_environment(tmp_path) | {"PATH": path, "WHISKTOP_RUNTIME_PORT": "0"})
    taken = beside("doctor", "--json").json["runtime"]["interpreters"]

    findings = {finding["subject"]: finding["text"] for finding in run("doctor", "--json").json["findings"]}

    nodes = [f"{one['version']} at {one['path']}" for one in taken if one["kind"].startswith("nodejs:")]
    assert findings["node"] == "; ".join(nodes)
    assert [f"{one['version']} at {one['path']}" for one in taken if one["kind"].startswith("python:")] == [
        findings["python"]
    ]


def test_as_text_the_doctor_has_a_line_for_each_finding(beside: Run, runtime: RunningRuntime) -> None:
    done = beside("doctor")

    assert [line for line in done.lines if line.startswith("ok") and " endpoint " in line and runtime.url in line]
    assert [line for line in done.lines if " kinds " in line and "python:3.9" in line]


def test_of_another_platform_the_doctor_tells_what_it_can_do(remote: Run, platform: Platform) -> None:
    platform.furnish()
    platform.page_size = 50
    platform.set("GET limits", {"maxActionTimeout": 300_000, "maxActionMemory": 512, "firesPerMinute": 60})

    done = remote("doctor", "--json")

    findings = {finding["subject"]: finding["text"] for finding in done.json["findings"]}
    assert findings["lists"] == "50 records a page, counted"
    assert findings["limits"] == "a run at most 300 s and 512 MB, 60 fires a minute"
    assert findings["web"] == f"{platform.url}/api/v1/web/guest/PACKAGE/NAME.json"


def test_an_endpoint_that_does_not_answer_is_a_problem_with_a_way_out(offline: Run) -> None:
    done = offline("doctor", "--json", code=1)

    (finding,) = [each for each in done.json["findings"] if each["subject"] == "endpoint"]
    assert finding["health"] == "problem"
    assert "127.0.0.1:1" in finding["text"]
    assert finding["fix"]


def test_a_key_that_others_may_read_a_missing_sandbox_and_a_missing_engine_are_told(
    commands: Starter, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    runtime = '[runtime]\nsandbox = "bwrap"\ncontainers = "podman"\n'
    config.write_text(f'[contexts.shared]\napihost = "h"\nauth = "u:secret-word"\n{runtime}')
    config.chmod(0o644)
    run = runner(commands, isolated_environment(tmp_path) | {"PATH": str(tmp_path)})

    done = run("doctor", "--json", code=1)

    findings = {finding["subject"]: finding for finding in done.json["findings"]}
    assert findings["settings"]["fix"] == f"chmod 600 {config}"
    assert findings["sandbox"]["health"] == "problem"
    assert findings["containers"]["health"] == "problem"
    assert findings["containers"]["text"].startswith("podman is asked for and was not found")
    assert "secret-word" not in done.stdout


def test_a_runtime_that_holds_its_folder_in_silence_is_a_problem(
    commands: Starter, runtime: RunningRuntime, tmp_path: Path
) -> None:
    data_dir = tmp_path / "held"
    data_dir.mkdir(mode=0o700)
    (data_dir / "lock").symlink_to(runtime.data_dir / "lock")
    run = runner(commands, isolated_environment(tmp_path) | {"WHISKTOP_RUNTIME_DATA_DIR": str(data_dir)})

    done = run("doctor", "--json", code=1)

    (finding,) = [each for each in done.json["findings"] if each["subject"] == "endpoint"]
    assert "does not answer" in finding["text"]


def test_a_shell_that_takes_the_variables_talks_to_the_runtime(beside: Run, runtime: RunningRuntime) -> None:
    printed = beside("env").stdout
    script = f'{printed}\nprintf \'%s\\n\' "$WHISK_APIHOST" "$WHISK_AUTH" "$AIO_RUNTIME_NAMESPACE" "$USE_RUNTIME_AUTH"'

    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True, env={}).stdout

    assert told.splitlines() == [runtime.url, runtime.auth, runtime.namespace, "1"]


def test_the_variables_lead_the_deploy_service_to_the_runtime(beside: Run, runtime: RunningRuntime) -> None:
    variables = beside("env", "--json").json

    assert variables["AIO_DEPLOY_SERVICE_URL"] == runtime.url
    token = variables["AIO_IMS_CONTEXTS_CLI_ACCESS__TOKEN_TOKEN"]
    request = urllib.request.Request(
        f"{runtime.url}/runtime/api/v1/namespaces", headers={"Authorization": f"Bearer {token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        assert json.load(answer) == [runtime.namespace]


def test_of_another_platform_no_token_is_told(commands: Starter, runtime: RunningRuntime, tmp_path: Path) -> None:
    environment = {"WHISK_APIHOST": runtime.url, "WHISK_AUTH": runtime.auth}
    run = runner(commands, isolated_environment(tmp_path) | environment)

    variables = run("env", "--json").json

    assert variables["AIO_RUNTIME_APIHOST"] == runtime.url
    assert variables["__OW_API_KEY"] == runtime.auth
    assert variables["AIO_RUNTIME_NAMESPACE"] == runtime.namespace
    assert not [name for name in variables if name.startswith(("AIO_DEPLOY", "AIO_IMS"))]
