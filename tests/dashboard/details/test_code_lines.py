"""Code in colours: every character stays, and only what is looked at is lexed."""

from tui.dashboard.render.code import CodeLines
from tui.dashboard.render.line import Span

JAVASCRIPT = "async function main(p) {\r\n  /* a\n b */ const x = `hi ${p.x}` + 1;\n\n  return { x };\n}\n"


def test_every_character_of_the_code_is_shown() -> None:
    for kind in ("nodejs:20", "python:3.11", "unknown:1"):
        code = CodeLines(JAVASCRIPT, kind=kind)
        assert ["".join(text for text, *_ in code.spans(index)) for index in range(len(code))] == code.lines
        assert len(code) == 6


def test_a_comment_over_several_lines_keeps_its_colour() -> None:
    code = CodeLines(JAVASCRIPT, kind="nodejs:default")

    assert code.spans(2)[0] == Span(" b */", "comment")
    assert Span("const", "keyword") in code.spans(2)


def test_lines_may_be_asked_for_in_any_order() -> None:
    code = CodeLines("\n".join(f"x{index} = {index}" for index in range(500)), kind="python:3.11")

    assert Span("499", "number") in code.spans(499)
    assert Span("3", "number") in code.spans(3)


def test_a_minified_bundle_is_shown_without_colours() -> None:
    code = CodeLines("var a=1;" * 100_000, kind="nodejs:20")

    assert code.spans(0)[0].role == "foreground"


def test_hostile_code_becomes_symbols() -> None:
    code = CodeLines("x = '\x1b[2J\x9b'", kind="python:3.11")

    assert "".join(text for text, *_ in code.spans(0)) == "x = '␛[2J�'"
