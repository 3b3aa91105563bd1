"""Workers inside bubblewrap: the same answers, and nothing of the user to see."""

import shutil
from pathlib import Path

import pytest

from tui.runtime.invoker.pool import open_pool
from tui.runtime.invoker.sandbox import NoSandbox
from tui.runtime.invoker.settings import PoolSettings

from .conftest import MakeBench
from .running import node, python, until

needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="install bubblewrap to run this")


@needs_bwrap
async def test_actions_run_with_time_and_memory_bounded(open_bench: MakeBench) -> None:
    grows = "const main = () => { const a = []; for (;;) a.push(Buffer.alloc(16 << 20, 1)) }"
    async with open_bench(sandbox="bwrap") as bench:
        assert (await bench.run(node("const main = () => ({a: 1})"))).result == {"a": 1}
        assert (await bench.run(python("def main(args): return {'a': 1}"))).result == {"a": 1}
        assert (await bench.run(node("const main = () => ({a: !!require('openwhisk')})"))).result == {"a": True}
        assert (await bench.run(node(grows, memory_mb=128))).error == "The action exhausted its memory and was aborted."
        assert (await bench.run(python("def main(args):\n    while True: pass", timeout_ms=300))).outcome.timed_out


@needs_bwrap
async def test_home_data_and_processes_are_hidden(open_bench: MakeBench, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret")
    code = (
        "import os\ndef main(args): return {'key': os.path.exists(args['key']), 'home': os.listdir(args['home']),"
        " 'processes': len([name for name in os.listdir('/proc') if name.isdigit()])}"
    )
    async with open_bench(sandbox="bwrap") as bench:
        ran = await bench.run(python(code), {"key": str(tmp_path / "key"), "home": str(Path.home())})

    assert ran.result["key"] is False
    assert not set(ran.result["home"]) & {".ssh", ".bashrc", ".profile"}
    assert ran.result["processes"] <= 3


@needs_bwrap
async def test_children_end_with_their_worker(open_bench: MakeBench) -> None:
    start = "subprocess.Popen(['sleep', '301'], start_new_session=True)"
    code = f"import subprocess\ndef main(args):\n    {start}\n    while True: pass"
    async with open_bench(sandbox="bwrap") as bench:
        await bench.run(python(code, timeout_ms=500))

        await until(lambda: not any(b"sleep\x00301" in command for command in command_lines()))


def command_lines() -> list[bytes]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return lines


async def test_a_sandbox_that_is_not_there_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interpreters: object
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = PoolSettings(work_dir=tmp_path / "work", cache_dir=tmp_path / "cache", sandbox="bwrap")

    with pytest.raises(NoSandbox, match="bwrap was not found"):
        async with open_pool(settings, interpreters, api_host=lambda: "", mark_started=lambda job, go: go()):  # type: ignore[arg-type]
            pass

    assert not settings.work_dir.exists()
