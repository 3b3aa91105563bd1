"""The user's own programs: what they get, and what happens when they are missing or fail."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tui import external
from tui.external import ExternalFailed

Program = Callable[..., str]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes an executable whose arguments and standard input can be read afterwards."""

    def make(name: str, script: str = "") -> str:
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/{name}.arguments"\n{script}\n')
        file.chmod(0o755)
        return str(file)

    return make


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with nothing on it but what `program` makes, and the shell's own tools."""
    return f"{tmp_path / 'bin'}:/usr/bin:/bin"


def test_the_editor_gets_a_private_file_and_what_it_saves_comes_back(program: Program, tmp_path: Path) -> None:
    editor = program("editor", f'ls -l "$2" > "{tmp_path}/mode"; cat "$2" > "{tmp_path}/seen"; printf "after ☃" > "$2"')

    edited = external.edit_text("before ☃", suffix=".json", environ={"EDITOR": f"{editor} --wait"})

    option, file = (tmp_path / "editor.arguments").read_text().splitlines()
    assert edited == "after ☃"
    assert (tmp_path / "seen").read_text() == "before ☃"
    assert (option, Path(file).suffix) == ("--wait", ".json")
    assert (tmp_path / "mode").read_text().startswith("-rw-------")
    assert not Path(file).exists()


def test_visual_wins_over_editor(program: Program, tmp_path: Path) -> None:
    program("visual"), program("editor")

    external.edit_text("", environ={"VISUAL": f"{tmp_path}/bin/visual", "EDITOR": f"{tmp_path}/bin/editor"})

    assert (tmp_path / "visual.arguments").exists()
    assert not (tmp_path / "editor.arguments").exists()


def test_a_shell_has_no_say_in_the_command(tmp_path: Path, program: Program) -> None:
    editor = program("editor")

    external.edit_text("", environ={"EDITOR": f"{editor} ; touch {tmp_path}/owned"})

    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"EDITOR": "/no/such/editor"}, "/no/such/editor is not installed"),
        ({"EDITOR": "false"}, "false ended with code 1"),
        ({"EDITOR": "'unbalanced"}, "EDITOR is not a command"),
        ({"PATH": "/nowhere"}, "no nano or vim or vi"),
    ],
)
def test_an_editor_that_does_not_work_is_a_sentence(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ExternalFailed) as caught:
        external.edit_text("", environ=environ)

    assert said in caught.value.message


def test_what_is_saved_has_to_be_text(program: Program) -> None:
    editor = program("editor", r'printf "\377" > "$1"')

    with pytest.raises(ExternalFailed, match="not UTF-8"):
        external.edit_text("", environ={"EDITOR": editor})


def test_the_pager_gets_the_text_over_a_pipe_and_without_control_characters(program: Program, tmp_path: Path) -> None:
    pager = program("pager", f'cat > "{tmp_path}/paged"')

    external.page_text("line\n\x1b[31mred \ud800", environ={"PAGER": f"{pager} -S"})

    assert (tmp_path / "paged").read_text() == "line\n␛[31mred �"
    assert (tmp_path / "pager.arguments").read_text() == "-S\n"


def test_a_pager_that_is_left_early_is_no_error(program: Program) -> None:
    pager = program("pager")

    external.page_text("x" * 1_000_000, environ={"PAGER": pager})


def test_copying_uses_the_tool_that_fits_and_no_argument_holds_the_text(
    program: Program, path: str, tmp_path: Path
) -> None:
    program("xclip", f'cat > "{tmp_path}/copied"')

    tool = external.copy_text("a secret", environ={"PATH": path, "DISPLAY": ":0"})

    assert tool == "xclip"
    assert (tmp_path / "copied").read_text() == "a secret"
    assert "secret" not in (tmp_path / "xclip.arguments").read_text()


def test_where_a_tool_fails_the_next_one_is_asked(program: Program, path: str, tmp_path: Path) -> None:
    program("xclip", "exit 1")
    program("xsel", f'cat > "{tmp_path}/copied"')

    assert external.copy_text("text", environ={"PATH": path, "DISPLAY": ":0"}) == "xsel"


def test_without_a_tool_nothing_is_copied_and_that_is_told(tmp_path: Path) -> None:
    assert external.copy_text("text", environ={"PATH": str(tmp_path), "DISPLAY": ":0"}) is None
    assert external.copy_text("text", environ={"PATH": os.environ["PATH"]}) in (None, "pbcopy")


def test_a_tool_that_hangs_does_not_hang_us(program: Program, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "_COPY_WITHIN_S", 0.2)
    program("xclip", "exec sleep 60")

    assert external.copy_text("text", environ={"PATH": path, "DISPLAY": ":0"}) is None


def test_the_log_file_is_private_and_shows_no_control_character(tmp_path: Path) -> None:
    import logging

    from tui.logs import log_to_file

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []
    try:
        log_to_file(tmp_path / "state" / "whisktop.log")
        logging.getLogger("tui.test").info("from outside: %s", "\x1b[31m")
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers = before
        root.setLevel(level)

    file = tmp_path / "state" / "whisktop.log"
    assert "from outside: ␛[31m" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_terminal_is_asked_to_copy_through_tmux_too_and_up_to_a_bound() -> None:
    plain = external.terminal_copy_sequence("☃", environ={})
    wrapped = external.terminal_copy_sequence("☃", environ={"TMUX": "/tmp/tmux"})

    assert plain == "\x1b]52;c;4piD\a"
    assert wrapped == "\x1bPtmux;\x1b\x1b]52;c;4piD\a\x1b\\"
    assert external.terminal_copy_sequence("x" * 75_001, environ={}) is None


def test_tmux_gets_the_text_over_a_pipe(program: Program, path: str, tmp_path: Path) -> None:
    program("tmux", f'cat > "{tmp_path}/copied"')

    assert external.fill_tmux_buffer("a secret", environ={"PATH": path, "TMUX": "/tmp/tmux"})
    assert not external.fill_tmux_buffer("a secret", environ={"PATH": path})

    assert (tmp_path / "copied").read_text() == "a secret"
    assert (tmp_path / "tmux.arguments").read_text().split() == ["load-buffer", "-w", "-"]


def test_a_file_is_written_whole_private_and_never_over_another_unasked(tmp_path: Path) -> None:
    file = tmp_path / "a file.json"

    external.save_bytes(file, b"first \x1b\xff")
    with pytest.raises(external.FileThere, match="is there already"):
        external.save_bytes(file, b"second")

    assert file.read_bytes() == b"first \x1b\xff"
    external.save_bytes(file, b"third", overwrite=True)
    assert file.read_bytes() == b"third"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["no/such/folder/file", "nul\0l", "x" * 300])
def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExternalFailed, match="cannot be written"):
        external.save_bytes(tmp_path / name, b"")

    assert list(tmp_path.iterdir()) == []
