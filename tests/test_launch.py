"""The local runtime is found, or started once however many want it; nothing stale and no stranger is believed."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.running import isolated_environment
from tui import launch
from tui.config import RuntimeSettings
from tui.entities.endpoint import Endpoint


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in isolated_environment(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[RuntimeSettings]:
    """Of a data folder of the test's own, whose runtime is ended when the test is over."""
    settings = RuntimeSettings(data_dir=tmp_path / "runtime", port=0, idle_exit_s=60, drain_s=1)
    yield settings
    await launch.stop(settings)


def told(settings: RuntimeSettings) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((settings.data_dir / "endpoint.json").read_text())
    return body


def tell(settings: RuntimeSettings, **changes: Any) -> None:
    """Leave an endpoint file behind that says something else."""
    settings.data_dir.mkdir(exist_ok=True)
    standard = {"url": "", "namespace": "guest", "auth": "u:k", "instance": "x", "version": "0.1.0", "pid": 1}
    (settings.data_dir / "endpoint.json").write_text(json.dumps(standard | changes))


async def start(settings: RuntimeSettings) -> tuple[Endpoint, list[str]]:
    said: list[str] = []
    return await launch.find_or_start(settings, said.append), said


async def test_where_nothing_serves_the_folder_nothing_is_found_nor_made(settings: RuntimeSettings) -> None:
    assert await launch.find(settings) is None
    assert not settings.data_dir.exists()


async def test_a_runtime_is_started_once_and_then_found(settings: RuntimeSettings) -> None:
    started, said = await start(settings)
    found, said_again = await start(settings)

    assert (started.context, started.namespace) == ("local", "guest")
    assert found == started == await launch.find(settings)
    assert len(said) == 1
    assert said_again == []


async def test_the_runtime_is_nobodys_child_and_lives_in_a_session_of_its_own(settings: RuntimeSettings) -> None:
    await start(settings)

    ps = await asyncio.create_subprocess_exec(
        "ps", "-o", "ppid=", "-p", str(told(settings)["pid"]), stdout=subprocess.PIPE
    )
    parent, _ = await ps.communicate()
    assert int(parent) != os.getpid()
    assert os.getsid(told(settings)["pid"]) != os.getsid(0)


async def test_stop_ends_it_and_gives_the_folder_back(settings: RuntimeSettings) -> None:
    await start(settings)

    assert await launch.stop(settings) is True
    assert await launch.find(settings) is None
    assert await launch.stop(settings) is False


async def test_eight_starters_at_once_get_one_runtime(settings: RuntimeSettings) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from tui import launch
from tui.config import RuntimeSettings
settings = RuntimeSettings(data_dir=Path(sys.argv[1]), port=0, idle_exit_s=60)
print(asyncio.run(launch.find_or_start(settings, lambda text: None)).url)
"""

    async def starter() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, str(settings.data_dir), stdout=subprocess.PIPE
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        return output.decode().strip()

    urls = await asyncio.gather(*(starter() for _ in range(8)))

    found = await launch.find(settings)
    assert found is not None
    assert set(urls) == {found.url}


async def test_after_a_kill_the_next_one_starts_with_the_same_key(settings: RuntimeSettings) -> None:
    first, _ = await start(settings)
    os.kill(told(settings)["pid"], signal.SIGKILL)

    second, _ = await start(settings)

    assert second.auth == first.auth


async def test_a_file_left_behind_is_not_believed(settings: RuntimeSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    tell(settings, url=f"http://127.0.0.1:{port}", pid=os.getpid())

    assert await launch.find(settings) is None
    assert await launch.stop(settings) is False  # and above all: nobody with that number was sent a signal
    endpoint, _ = await start(settings)
    assert endpoint.url != f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 5}', "null"])
async def test_a_file_that_is_none_is_not_believed(settings: RuntimeSettings, text: str) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "endpoint.json").write_text(text)

    assert await launch.find(settings) is None


async def test_a_stranger_at_the_address_is_not_believed_and_gets_no_key(settings: RuntimeSettings) -> None:
    seen: list[str | None] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            body = b'{"whisktop": {"live": "/whisktop/v1", "version": "0.1.0", "instance": "another"}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        tell(settings, url=f"http://127.0.0.1:{server.server_address[1]}", instance="ours")
        found = await launch.find(settings)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert found is None
    assert seen == [None]


async def test_a_stranger_on_the_wanted_port_makes_it_take_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        settings = RuntimeSettings(data_dir=tmp_path / "runtime", port=port, idle_exit_s=60)
        try:
            endpoint, _ = await start(settings)
        finally:
            await launch.stop(settings)

    assert not endpoint.url.endswith(f":{port}")


async def test_a_runtime_of_another_version_is_used_and_said_to_be_one(settings: RuntimeSettings) -> None:
    await start(settings)
    (settings.data_dir / "endpoint.json").write_text(json.dumps(told(settings) | {"version": "0.0.9"}))

    endpoint, said = await start(settings)

    assert endpoint.context == "local"
    assert "0.0.9" in said[0]
    assert "whisktop stop" in said[0]


async def test_one_that_cannot_start_is_quoted(settings: RuntimeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHISKTOP_RUNTIME_DRAIN_S", "soon")

    with pytest.raises(launch.NotStarted) as caught:
        await start(settings)

    assert "WHISKTOP_RUNTIME_DRAIN_S has to be a whole number" in caught.value.message
    assert "runtime.log" in caught.value.hint
    assert caught.value.exit_code == 3


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = RuntimeSettings(data_dir=tmp_path / "file" / "runtime")

    with pytest.raises(launch.NotStarted, match="file/runtime"):
        await start(settings)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the environment of another process: run on Linux")
async def test_keys_of_other_platforms_do_not_live_on_in_it(
    settings: RuntimeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISK_AUTH", "u:hushhush")

    await start(settings)

    environment = Path(f"/proc/{told(settings)['pid']}/environ").read_bytes()
    assert b"hushhush" not in environment


async def test_its_files_are_its_owners_alone(settings: RuntimeSettings) -> None:
    await start(settings)

    assert settings.data_dir.stat().st_mode & 0o077 == 0
    for name in ("runtime.log", "starting", "endpoint.json"):
        assert (settings.data_dir / name).stat().st_mode & 0o077 == 0
