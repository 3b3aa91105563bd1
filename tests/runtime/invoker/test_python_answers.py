"""What a Python action returns or raises, and what the record says about it."""

import pytest

from .running import Bench, python

LAST_LINE = "The action did not initialize or run as expected. Log data might be missing."
GENERATE_FAILED = "The action failed to generate or locate a binary. See logs for details."
START_FAILED = "Cannot start action. Check logs for details."


@pytest.mark.parametrize(
    ("code", "result"),
    [
        pytest.param("def main(args): return {'sum': args['a'] + args['b']}", {"sum": 3}, id="a dictionary"),
        pytest.param("def main(args): return [1, {'a': 2}]", [1, {"a": 2}], id="a list"),
        pytest.param("def main(args): return ()", [], id="a tuple, which is an array"),
        pytest.param("main = lambda args: {1: 2}", {"1": 2}, id="keys that are numbers"),
        pytest.param("def main(args): return {'n': 10**30}", {"n": 10**30}, id="a very long number"),
        pytest.param("def main(args): return {'s': 'NaN Infinity'}", {"s": "NaN Infinity"}, id="texts like numbers"),
        pytest.param("def main(args): return {'\\ud800': 'a\\udfff'}", {"\ud800": "a\udfff"}, id="half characters"),
    ],
)
async def test_a_good_answer_is_a_success(bench: Bench, code: str, result: object) -> None:
    ran = await bench.run(python(code), {"a": 1, "b": 2})

    assert (ran.status, ran.result, ran.lines) == (0, result, [])


async def test_an_error_among_other_keys_is_all_that_stays(bench: Bench) -> None:
    ran = await bench.run(python("def main(args): return {'error': {'x': 1}, 'more': 2}"))

    assert (ran.status, ran.result) == (1, {"error": {"x": 1}})


async def test_an_exception_is_an_application_error_and_the_process_lives_on(bench: Bench) -> None:
    raises = python("def main(args):\n    raise ValueError('boom')")

    first, second = await bench.run(raises), await bench.run(raises)

    assert (first.status, first.result) == (1, {"error": "boom"})
    assert first.stderr[0] == "Traceback (most recent call last):"
    assert first.stderr[-1] == "ValueError: boom"
    assert not any("python_host.py" in line for line in first.stderr)
    assert first.outcome.init_ms is not None
    assert second.outcome.init_ms is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def main(args): pass", "The action did not produce a valid JSON or JSON Array response: null"),
        ("def main(args): return 'text'", "The action did not return a dictionary or array."),
        ("def main(args): return 5", "The action did not return a dictionary or array."),
        ("def main(args): return {'a': float('nan')}", "The action did not return a dictionary or array."),
        ("def main(args): return {'a': object()}", "command exited"),
        ("import sys\ndef main(args): sys.exit(3)", "command exited"),
        ("import os\ndef main(args): os._exit(3)", "command exited"),
        ("import ctypes\ndef main(args): ctypes.string_at(0)", "command exited"),
        ("import os\ndef main(args): os.kill(os.getpid(), 9)", "command exited"),
        ("", "Missing main/no code to execute."),
    ],
)
async def test_a_developer_error_says_what_the_stock_runtime_says(bench: Bench, code: str, error: str) -> None:
    ran = await bench.run(python(code))

    assert (ran.status, ran.error) == (2, error)
    assert ran.stderr[-1] == LAST_LINE


@pytest.mark.parametrize(
    ("code", "error", "line"),
    [
        ("def main(args:\n", GENERATE_FAILED, "'(' was never closed"),
        ("1 +", GENERATE_FAILED, "invalid syntax"),
        ("\n1 +", GENERATE_FAILED, "(line 2)"),
        ("import missing_module", START_FAILED, "ModuleNotFoundError: No module named 'missing_module'"),
        ("import sys\nsys.exit('bye')", START_FAILED, "bye"),
        ("import sys\nsys.exit(1)", START_FAILED, "Command exited abruptly during initialization."),
        ("import os\nos._exit(1)", START_FAILED, LAST_LINE),
    ],
)
async def test_code_that_does_not_load_fails_and_the_log_says_why(
    bench: Bench, code: str, error: str, line: str
) -> None:
    ran = await bench.run(python(code))

    assert (ran.status, ran.error) == (2, error)
    assert line in ran.stderr


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ("def main(args): return {'a': 1}", len('{"a": 1}\n')),
        ("def main(args): return {'s': 'é😀'}", len('{"s": "é😀"}\n') + 1),
        ("def main(args): pass", len("null\n")),
    ],
)
async def test_the_size_is_the_length_of_the_answer_as_python_prints_it(bench: Bench, code: str, size: int) -> None:
    ran = await bench.run(python(code))

    assert ran.size == size


async def test_an_answer_that_is_too_long_is_cut_and_is_an_application_error(bench: Bench) -> None:
    ran = await bench.run(python("def main(args): return {'a': 'é' * (512 * 1024)}"))

    size = len('{"a": ""}\n') + 1024 * 1024
    assert (ran.status, ran.size) == (1, size)
    assert ran.error.startswith(
        f"The action produced a response that exceeded the allowed length: {size} > 1048576 bytes. "
        'The truncated response was: {"a": "ééé'
    )


async def test_a_module_without_the_entry_function_cannot_be_started(bench: Bench) -> None:
    ran = await bench.run(python("x = 1"))

    assert (ran.status, ran.error) == (2, START_FAILED)
    assert ran.stderr[-3].startswith("ImportError: cannot import name 'main' from 'main__' (")


async def test_an_entry_that_is_no_function_fails_when_it_is_called(bench: Bench) -> None:
    ran = await bench.run(python("main = 5"))

    assert (ran.status, ran.error) == (1, "'int' object is not callable")


async def test_the_last_words_of_an_action_that_exits_are_in_its_log(bench: Bench) -> None:
    ran = await bench.run(python("import sys\ndef main(args): sys.exit('bye')"))

    assert (ran.status, ran.error, ran.stderr[0]) == (2, "command exited", "bye")
