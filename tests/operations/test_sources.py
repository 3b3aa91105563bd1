"""From a file or folder to the code that travels."""

import base64
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tui.errors import UsageError
from tui.operations import node
from tui.operations.actions import infer_draft
from tui.operations.sources import Source, check_syntax, read_source

WORKER = "function main(params) { return params; }\n"


def given_file(folder: Path, name: str, text: str | bytes = WORKER) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def given_zip(folder: Path, name: str, members: Mapping[str, str]) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return path


def unpacked(source: Source) -> dict[str, str]:
    assert source.binary
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(source.code))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize(
    ("file", "kind", "name"),
    [
        ("my-worker.js", "nodejs:default", "my-worker"),
        ("my-worker.MJS", "nodejs:default", "my-worker"),
        ("old.cjs", "nodejs:default", "old"),
        ("typed.ts", "nodejs:default", "typed"),
        ("report.py", "python:default", "report"),
        ("größe (1).py", "python:default", "gr-e -1"),
        ("☃.py", "python:default", "action"),
        ("two.parts.js", "nodejs:default", "two.parts"),
    ],
)
def test_kind_and_name_come_from_the_file(tmp_path: Path, file: str, kind: str, name: str) -> None:
    draft = infer_draft(given_file(tmp_path, file))

    assert (draft.kind, draft.name) == (kind, name)


@pytest.mark.parametrize(
    ("member", "kind"),
    [("package.json", "nodejs:default"), ("index.js", "nodejs:default"), ("__main__.py", "python:default")],
)
def test_folders_and_zips_are_known_by_what_is_at_their_top(tmp_path: Path, member: str, kind: str) -> None:
    given_file(tmp_path, f"thing/{member}", "{}")
    archive = given_zip(tmp_path, "thing.zip", {member: "{}"})

    assert (infer_draft(tmp_path / "thing").kind, infer_draft(tmp_path / "thing").name) == (kind, "thing")
    assert (infer_draft(archive).kind, infer_draft(archive).name) == (kind, "thing")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no file .*nowhere\.js"):
        infer_draft(tmp_path / "nowhere.js")


def test_an_unknown_type_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        infer_draft(given_file(tmp_path, "notes.txt"))

    for suffix in (".js", ".mjs", ".cjs", ".ts", ".py", ".zip", "package.json", "__main__.py"):
        assert suffix in caught.value.hint


def test_a_folder_without_an_entry_is_refused(tmp_path: Path) -> None:
    given_file(tmp_path, "thing/readme.txt")

    with pytest.raises(UsageError, match=r"neither package\.json nor __main__\.py"):
        infer_draft(tmp_path / "thing")


def test_a_zip_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a zip archive"):
        infer_draft(given_file(tmp_path, "broken.zip", "PK but no zip"))


def test_a_script_travels_as_text(tmp_path: Path) -> None:
    source = read_source(given_file(tmp_path, "worker.js", "\ufeff" + WORKER), "nodejs:default")

    assert (source.code, source.text, source.binary, source.lines) == (WORKER, WORKER, False, 1)
    assert source.size_bytes == len(WORKER)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("worker.mjs", "export const main = () => ({})\n"),
        ("worker.js", "import os from 'node:os';\nexport function main() { return {}; }\n"),
        ("worker.js", "export{main}; function main() {}"),
    ],
)
def test_an_es_module_travels_as_a_zip_that_says_so(tmp_path: Path, file: str, text: str) -> None:
    source = read_source(given_file(tmp_path, file, text), "nodejs:default")

    members = unpacked(source)
    manifest = json.loads(members["package.json"])
    assert manifest["type"] == "module"
    assert members[manifest["main"]] == text
    assert source.text == text


def test_a_script_in_a_package_of_modules_is_a_module(tmp_path: Path) -> None:
    given_file(tmp_path, "package.json", '{"type": "module"}')

    assert read_source(given_file(tmp_path, "src/worker.js"), "nodejs:default").binary
    assert not read_source(given_file(tmp_path, "src/worker.cjs"), "nodejs:default").binary


def test_words_inside_a_script_make_no_module_of_it(tmp_path: Path) -> None:
    text = "async function main() {\n  const { x } = await import('node:os');\n  // export nothing\n  return {};\n}\n"

    assert not read_source(given_file(tmp_path, "worker.js", text), "nodejs:default").binary


def test_a_folder_travels_whole_but_for_what_no_run_needs(tmp_path: Path) -> None:
    for name in ("__main__.py", "lib/deep/x.py", ".git/config", "lib/__pycache__/x.pyc", ".env"):
        given_file(tmp_path, f"thing/{name}", name)

    assert unpacked(read_source(tmp_path / "thing", "python:default")) == {
        name: name for name in (".env", "__main__.py", "lib/deep/x.py")
    }


def test_links_are_packed_and_circles_are_not_walked(tmp_path: Path) -> None:
    given_file(tmp_path, "shared/lib.py", "shared")
    given_file(tmp_path, "thing/__main__.py", "main")
    (tmp_path / "thing" / "shared").symlink_to(tmp_path / "shared")
    (tmp_path / "thing" / "again").symlink_to(tmp_path / "thing")

    assert unpacked(read_source(tmp_path / "thing", "python:default")) == {
        "__main__.py": "main",
        "shared/lib.py": "shared",
    }


def test_the_same_folder_gives_the_same_code_whenever_it_was_written(tmp_path: Path) -> None:
    main = given_file(tmp_path, "thing/__main__.py", "main")
    before = read_source(tmp_path / "thing", "python:default").code
    os.utime(main, (0, 0))

    assert read_source(tmp_path / "thing", "python:default").code == before


def test_executable_files_stay_executable(tmp_path: Path) -> None:
    given_file(tmp_path, "thing/__main__.py", "main")
    given_file(tmp_path, "thing/tool", "#!/bin/sh").chmod(0o755)

    code = base64.b64decode(read_source(tmp_path / "thing", "python:default").code)
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        assert archive.getinfo("tool").external_attr >> 16 & 0o111


def test_too_much_code_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    given_file(tmp_path, "thing/__main__.py", "main")
    given_file(tmp_path, "thing/noise.bin", os.urandom(37 * 1024 * 1024))

    with pytest.raises(UsageError, match="more than 48 MB"):
        read_source(tmp_path / "thing", "python:default")


@pytest.mark.parametrize(
    ("file", "text", "kind", "message"),
    [
        ("empty.js", " \n", "nodejs:default", "is empty"),
        ("latin.py", b"# gr\xfc\xdfe", "python:default", "is not text: byte 4 is not UTF-8"),
        ("worker.py", "x = 1", "nodejs:default", "is Python, but the kind is Node.js"),
        ("worker.js", WORKER, "python:3.11", "is Node.js, but the kind is Python"),
        ("blob.js", "QUJDRA==", "nodejs:default", "take it for an archive"),
    ],
)
def test_a_file_that_cannot_be_an_action_is_refused(
    tmp_path: Path, file: str, text: str | bytes, kind: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read_source(given_file(tmp_path, file, text), kind)


@pytest.mark.parametrize(
    ("file", "text", "kind", "message"),
    [
        (
            "bad.py",
            "def main(args):\n    return {\n",
            "python:default",
            r"bad\.py, line 2, column 12: '\{' was never closed",
        ),
        (
            "bad.js",
            "function main() {\n  return {;\n}\n",
            "nodejs:default",
            r"bad\.js, line 2, column 11: Unexpected token ';'",
        ),
        (
            "bad.mjs",
            "export const main = () => {\n",
            "nodejs:default",
            r"bad\.mjs, line 2: Unexpected end of input",
        ),
    ],
)
def test_a_syntax_error_is_found_before_a_run_finds_it(
    tmp_path: Path, file: str, text: str, kind: str, message: str
) -> None:
    source = read_source(given_file(tmp_path, file, text), kind)

    with pytest.raises(UsageError, match=message):
        check_syntax(source, kind)


@pytest.mark.parametrize(
    ("file", "text", "kind"),
    [
        ("good.py", "def main(args): return {}", "python:3.11"),
        ("newer.py", "what tomorrow brings", "python:3.99"),
        ("good.js", WORKER, "nodejs:20"),
        ("good.js", "return 1", "nodejs:20"),
        (
            "good.mjs",
            "import ow from 'openwhisk';\nexport const main = async () => ({ x: await 1 });",
            "nodejs:default",
        ),
    ],
)
def test_good_code_passes(tmp_path: Path, file: str, text: str, kind: str) -> None:
    check_syntax(read_source(given_file(tmp_path, file, text), kind), kind)


def test_nothing_of_the_code_is_run_when_it_is_checked(tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    script = given_file(tmp_path, "worker.js", f"require('fs').writeFileSync({str(trace)!r}, 'x');\n{WORKER}")

    check_syntax(read_source(script, "nodejs:default"), "nodejs:default")

    assert not trace.exists()


def test_typescript_travels_without_its_types(tmp_path: Path) -> None:
    text = "interface P { name?: string }\nexport function main(params: P): object { return { hi: params.name } }\n"

    source = read_source(given_file(tmp_path, "typed.ts", text), "nodejs:default")

    members = unpacked(source)
    assert "interface" not in members["index.mjs"]
    assert "return { hi: params.name }" in members["index.mjs"]
    assert source.text == text
    check_syntax(source, "nodejs:default")


def test_typescript_that_needs_a_compiler_is_refused_in_nodes_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="TypeScript enum is not supported in strip-only mode"):
        read_source(given_file(tmp_path, "typed.ts", "enum Colour { Red }\n"), "nodejs:default")


def test_typescript_without_a_node_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "_binaries", lambda: ())

    with pytest.raises(UsageError) as caught:
        read_source(given_file(tmp_path, "typed.ts", "export const main = () => ({});\n"), "nodejs:default")

    assert "whisktop[node]" in caught.value.hint


def test_a_device_is_no_action(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.js")

    with pytest.raises(UsageError, match="neither a file nor a folder"):
        read_source(tmp_path / "pipe.js", "nodejs:default")


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no file .*missing"):
        read_source(tmp_path / "missing.py", "python:default")
