"""Actions that travel as an archive: entry, modules, ES modules, and archives that are refused."""

import base64
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tui.runtime.invoker.interpreters import Interpreters

from .conftest import MakeBench
from .running import Bench, node, node_zip, python, python_zip, zipped

INDEX = "exports.main = () => ({from: 'index'})"
UNCOMPRESSING = "Initialization has failed due to: There was an error uncompressing the action"


@pytest.mark.parametrize(
    ("files", "main", "result"),
    [
        pytest.param({"index.js": INDEX}, None, {"from": "index"}, id="index.js"),
        pytest.param(
            {
                "package.json": '{"main": "lib/entry.js"}',
                "lib/entry.js": "exports.main = () => require('../more')",
                "more.js": "exports.more = 1",
            },
            None,
            {"more": 1},
            id="the main of package.json, which requires a file",
        ),
        pytest.param({"index.js": "exports.other = () => ({a: 1})"}, "other", {"a": 1}, id="another export"),
        pytest.param(
            {"dist/index.js": "exports.handler = () => ({a: 1})"}, "dist/index.handler", {"a": 1}, id="a module"
        ),
        pytest.param(
            {
                "index.js": "exports.main = () => ({cwd: require('fs').readFileSync('data.txt', 'utf8')})",
                "data.txt": "x",
            },
            None,
            {"cwd": "x"},
            id="data in the working folder",
        ),
        pytest.param(
            {"index.js": "exports.main = () => require('dep')", "node_modules/dep/index.js": "exports.dep = 1"},
            None,
            {"dep": 1},
            id="modules of its own",
        ),
        pytest.param(
            {
                "package.json": '{"type": "module"}',
                "index.js": "import fs from 'fs'; export const main = () => ({es: !!fs})",
            },
            None,
            {"es": True},
            id="an ES module",
        ),
        pytest.param(
            {
                "package.json": '{"type": "module", "main": "a.mjs"}',
                "a.mjs": "export async function main() { return {a: 1} }",
            },
            None,
            {"a": 1},
            id="an .mjs file",
        ),
        pytest.param(
            {"package.json": '{"type": "module"}', "index.js": "const a = await 1; export const main = () => ({a})"},
            None,
            {"a": 1},
            id="an ES module that awaits at its top",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["nodejs:20", "nodejs:24"])
async def test_a_node_archive_runs(
    bench: Bench, kind: str, files: dict[str, str], main: str | None, result: object
) -> None:
    ran = await bench.run(node_zip(files, main=main, kind=kind))

    assert (ran.status, ran.result, ran.lines) == (0, result, [])


async def test_a_gzipped_tar_runs_as_well(bench: Bench) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for name, text in {"package.json": "{}", "index.js": INDEX, f"{'long/' * 40}x.js": "1"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("node_modules/.bin/tool")
        link.type, link.linkname = tarfile.SYMTYPE, "../../index.js"
        tar.addfile(link)

    ran = await bench.run(node(base64.b64encode(archive.getvalue()).decode(), binary=True))

    assert ran.result == {"from": "index"}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (zipped({"other.js": INDEX}), "Zipped actions must contain either package.json or index.js at the root."),
        (zipped({"index.js": "1"}), "Action entrypoint 'main' is not a function."),
        (
            base64.b64encode(b"text of no kind!").decode(),
            "There was an error uncompressing the action archive. The file type is unsupported",
        ),
        (
            base64.b64encode(b"PK\x03\x04 and no more").decode(),
            "There was an error uncompressing the action Zip archive.",
        ),
        (
            base64.b64encode(b"\x1f\x8b\x08 and no more").decode(),
            "There was an error uncompressing the action Tar GZ archive.",
        ),
    ],
)
async def test_a_node_archive_that_cannot_be_used_says_why(bench: Bench, code: str, error: str) -> None:
    ran = await bench.run(node(code, binary=True))

    assert (ran.status, ran.error) == (2, f"Initialization has failed due to: {error}")


@pytest.mark.parametrize("name", ["../evil.js", "/tmp/evil.js", "a/../../evil.js", "..\\evil.js"])
async def test_names_that_lead_out_of_the_folder_are_refused(bench: Bench, name: str) -> None:
    files = {name: "1", "index.js": INDEX, "__main__.py": "def main(args): return {}"}

    in_node, in_python = await bench.run(node_zip(files)), await bench.run(python_zip(files))

    assert in_node.error.startswith(UNCOMPRESSING)
    assert in_python.error == "The action failed to generate or locate a binary. See logs for details."
    assert "not allowed" in in_node.stderr[0]
    assert "not allowed" in in_python.stderr[0]


async def test_links_that_lead_out_of_the_folder_are_refused(bench: Bench) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        link = zipfile.ZipInfo("passwords")
        link.external_attr = 0o120777 << 16
        writer.writestr(link, "/etc/passwd")
        writer.writestr("index.js", INDEX)
        writer.writestr("__main__.py", "def main(args): return {}")
    code = base64.b64encode(archive.getvalue()).decode()

    in_node, in_python = await bench.run(node(code, binary=True)), await bench.run(python(code, binary=True))

    assert "leads out of it" in in_node.stderr[0]
    assert "leads out of it" in in_python.stderr[0]
    assert in_node.status == in_python.status == 2


async def test_a_python_archive_runs_with_its_modules_and_data(bench: Bench) -> None:
    files = {
        "__main__.py": "import helper\ndef main(args): return {'help': helper.HELP, 'data': open('data.txt').read()}",
        "helper.py": "HELP = 1",
        "data.txt": "x",
    }

    ran = await bench.run(python_zip(files))

    assert ran.result == {"help": 1, "data": "x"}


async def test_a_virtualenv_in_the_archive_is_activated_before_the_code_loads(bench: Bench) -> None:
    activate = "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'site'))"
    files = {
        "__main__.py": "import packed\ndef main(args): return {'packed': packed.VALUE}",
        "virtualenv/bin/activate_this.py": activate,
        "virtualenv/site/packed.py": "VALUE = 1",
    }

    ran = await bench.run(python_zip(files))

    assert ran.result == {"packed": 1}


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"other.py": ""}, "Zip file does not include main__"),
        (
            {"__main__.py": "", "virtualenv/lib/x.py": ""},
            "Invalid virtualenv. Zip file does not include 'activate_this.py'.",
        ),
    ],
)
async def test_a_python_archive_that_cannot_be_used_says_why(bench: Bench, files: dict[str, str], line: str) -> None:
    ran = await bench.run(python_zip(files))

    assert (ran.status, ran.stderr[0]) == (2, line)


async def test_another_entry_function_of_a_python_text(bench: Bench) -> None:
    ran = await bench.run(python("def other(args): return {'other': True}", main="other"))

    assert ran.result == {"other": True}


@pytest.mark.parametrize("kind", ["nodejs:20", "nodejs:24"])
async def test_openwhisk_can_be_required_and_imported_without_packing_it(bench: Bench, kind: str) -> None:
    use = "({client: typeof openwhisk({apihost: 'x', api_key: 'a:b'}).actions.invoke})"
    text = node(f"const openwhisk = require('openwhisk'); function main() {{ return {use} }}", kind=kind)
    archive = node_zip({"index.js": f"const openwhisk = require('openwhisk'); exports.main = () => {use}"}, kind=kind)
    module = node_zip(
        {
            "package.json": '{"type": "module"}',
            "index.js": f"import openwhisk from 'openwhisk'; export const main = () => {use}",
        },
        kind=kind,
    )

    for executable in (text, archive, module):
        assert (await bench.run(executable)).result == {"client": "function"}


async def test_an_openwhisk_module_in_the_archive_wins(bench: Bench) -> None:
    files = {
        "index.js": "exports.main = () => require('openwhisk')",
        "node_modules/openwhisk/index.js": "exports.mine = 1",
    }

    assert (await bench.run(node_zip(files))).result == {"mine": 1}


async def test_openwhisk_is_installed_by_the_npm_of_whatever_node_there_is(
    open_bench: MakeBench, interpreters: Interpreters, tmp_path: Path
) -> None:
    code = "function main() { return {version: require('openwhisk/package.json').version.split('.')[0]} }"
    newest = interpreters.resolve("nodejs:24")
    assert newest is not None

    async with open_bench(interpreters=Interpreters((newest,)), cache_dir=tmp_path / "cold") as bench:
        ran = await bench.run(node(code))

    assert ran.result == {"version": "3"}


async def test_without_a_registry_the_action_runs_and_the_log_says_what_is_missing(
    open_bench: MakeBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", f"{tmp_path}/npm")
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "10")
    monkeypatch.setenv("npm_config_fetch_retry_maxtimeout", "10")

    async with open_bench(cache_dir=tmp_path / "cold") as bench:
        lazy = await bench.run(node("function main() { return {a: 1} } // openwhisk"))
        needy = await bench.run(node("require('openwhisk'); function main() { return {a: 1} }"))

    assert lazy.result == {"a": 1}
    assert needy.error.startswith("Initialization has failed due to: Error: Cannot find module 'openwhisk'")
    told = [line for line in needy.stderr if line.startswith("The module 'openwhisk' could not be installed: ")]
    assert len(told) == 1
