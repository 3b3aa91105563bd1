"""Archives that name dependencies without bringing them. The packages are made here: nothing is fetched."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from tui.entities.limits import Limits
from tui.runtime.invoker.interpreters import Interpreters
from tui.runtime.invoker.jobs import Executable

from .conftest import MakeBench
from .running import Bench, is_alive, node_zip, python_zip, until

KINDS = ["nodejs:20", "nodejs:24"]


@pytest.fixture(scope="session")
def npm_package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A reference to a package as `package.json` may hold one."""
    file = tmp_path_factory.mktemp("npm") / "shout-1.0.0.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for name, text in {
            "package/package.json": json.dumps({"name": "shout", "version": "1.0.0", "main": "shout.js"}),
            "package/shout.js": "module.exports = (text) => text.toUpperCase()",
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return f"file:{file}"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("wheel") / "whisper-1.0-py3-none-any.whl"
    info = "whisper-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("whisper.py", "def whisper(text): return text.lower()")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: whisper\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"whisper.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return file


def with_dependency(reference: str, **options: object) -> Executable:
    package = {"name": "mine", "version": "1.0.0", "main": "index.js", "dependencies": {"shout": reference}}
    code = "const shout = require('shout'); exports.main = ({text}) => ({text: shout(text)})"
    return node_zip({"package.json": json.dumps(package), "index.js": code}, **options)


@pytest.mark.parametrize("kind", KINDS)
async def test_npm_brings_what_package_json_names(bench: Bench, npm_package: str, kind: str) -> None:
    executable = with_dependency(npm_package, kind=kind)

    cold, warm = [await bench.run(executable, {"text": "hi"}) for _ in range(2)]

    assert (cold.result, warm.result) == ({"text": "HI"}, {"text": "HI"})
    assert cold.outcome.init_ms is not None
    assert warm.outcome.init_ms is None


async def test_overlapping_runs_have_them_as_well(bench: Bench, npm_package: str) -> None:
    executable = with_dependency(npm_package, limits=Limits(concurrency=4))

    runs = [bench.submit(executable, {"text": text}) for text in ("a", "b")]

    assert [(await run.ended()).result["text"] for run in runs] == ["A", "B"]


async def test_modules_in_the_archive_are_left_alone(bench: Bench) -> None:
    package = {"dependencies": {"shout": "file:/nowhere/shout.tgz"}}
    files = {
        "package.json": json.dumps(package),
        "index.js": "exports.main = () => ({is: require('shout')})",
        "node_modules/shout/index.js": "module.exports = 'mine'",
    }

    assert (await bench.run(node_zip(files))).result == {"is": "mine"}


async def test_what_npm_cannot_bring_fails_the_initialisation(bench: Bench) -> None:
    ran = await bench.run(with_dependency("file:/nowhere/shout.tgz"))

    assert ran.status == 2
    assert ran.error.startswith("Initialization has failed due to: The dependencies of the action could not be inst")
    assert "/nowhere/shout.tgz" in "\n".join(ran.stderr)


async def test_pip_brings_what_requirements_txt_names(bench: Bench, wheel: Path) -> None:
    code = "import whisper\ndef main(args): return {'text': whisper.whisper(args['text'])}"
    executable = python_zip({"__main__.py": code, "requirements.txt": f"{wheel}\n"})

    ran = await bench.run(executable, {"text": "HI"})

    assert (ran.status, ran.result) == (0, {"text": "hi"})


async def test_what_pip_cannot_bring_fails_the_initialisation(bench: Bench) -> None:
    files = {"__main__.py": "def main(args): return {}", "requirements.txt": "./nowhere.whl\n"}

    ran = await bench.run(python_zip(files))

    assert (ran.status, ran.error) == (2, "The action failed to generate or locate a binary. See logs for details.")
    assert any(line.startswith("The requirements of the action could not be installed: ") for line in ran.stderr)


@pytest.mark.parametrize("end", ["time limit", "cancel", "pool"])
async def test_an_installation_ends_with_what_it_is_for(
    open_bench: MakeBench, interpreters: Interpreters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    pids = tmp_path / "pids"
    npm = tmp_path / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.write_text(
        "const child = require('child_process').spawn('sleep', ['300']);"
        f"require('fs').writeFileSync({str(pids)!r}, process.pid + ' ' + child.pid + ' '); setInterval(() => {{}}, 1e6)"
    )
    monkeypatch.setattr("tui.runtime.invoker.dependencies.npm_command", lambda nodes: [nodes[0].path, str(npm)])
    limit_ms = 1500 if end == "time limit" else 60_000

    async with open_bench() as bench:
        run = bench.submit(with_dependency("^1.0.0", timeout_ms=limit_ms))
        await until(lambda: pids.exists() and pids.read_text().endswith(" "))
        if end == "cancel":
            bench.pool.cancel(run.job.activation_id)
        if end != "pool":
            assert (await run.ended()).status == 2
            await until(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()))

    assert (await run.ended()).status == (3 if end == "pool" else 2)
    assert not any(is_alive(int(pid)) for pid in pids.read_text().split())


async def test_scripts_of_packages_see_no_secret_of_the_user(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("WHISK_AUTH", "uuid:secret")
    seen = tmp_path / "seen.json"
    local = tmp_path / "nosy"
    local.mkdir()
    script = f"node -e \"require('fs').writeFileSync({str(seen)!r}, JSON.stringify(process.env))\""
    (local / "package.json").write_text(
        json.dumps({"name": "nosy", "version": "1.0.0", "scripts": {"postinstall": script}})
    )
    package = {"name": "mine", "version": "1.0.0", "dependencies": {"nosy": f"file:{local}"}}
    package["scripts"] = {"postinstall": script}

    ran = await bench.run(node_zip({"package.json": json.dumps(package), "index.js": "exports.main = () => ({})"}))

    assert ran.status == 0
    environment = json.loads(seen.read_text())
    assert "PATH" in environment
    assert "secret" not in json.dumps(environment)
