"""What a Node.js action returns or throws, and what the record says about it."""

import pytest

from .running import Bench, node

LAST_LINE = "The action did not initialize or run as expected. Log data might be missing."


@pytest.mark.parametrize(
    ("code", "result"),
    [
        pytest.param("function main(args) { return {sum: args.a + args.b} }", {"sum": 3}, id="an object"),
        pytest.param("function main() { return [1, {a: 2}] }", [1, {"a": 2}], id="an array"),
        pytest.param("function main() {}", {}, id="nothing, which is an empty object"),
        pytest.param("async function main() {}", {}, id="a promise of nothing"),
        pytest.param("function main() { return {then(done) { done({a: 1}) }} }", {"a": 1}, id="a thenable"),
        pytest.param("const main = () => ({a: 1})", {"a": 1}, id="a constant as entry"),
        pytest.param("exports.main = () => ({a: 1})", {"a": 1}, id="an export as entry"),
        pytest.param("module.exports = {main: () => ({a: 1})}", {"a": 1}, id="module.exports as entry"),
        pytest.param(
            "function main() { return {a: undefined, f() {}, d: NaN} } // end", {"d": None}, id="no JSON inside"
        ),
        pytest.param("function main() { return {list: [{error: 1}]} }", {"list": [{"error": 1}]}, id="an inner error"),
    ],
)
async def test_a_good_answer_is_a_success(bench: Bench, code: str, result: object) -> None:
    ran = await bench.run(node(code), {"a": 1, "b": 2})

    assert (ran.status, ran.result, ran.lines) == (0, result, [])


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("function main() { return {error: {x: 1}, more: 2} }", {"x": 1}, id="an error among other keys"),
        pytest.param("function main() { return {error: null} }", None, id="an error that is null"),
        pytest.param("function main() { return Promise.reject({code: 5}) }", {"code": 5}, id="rejects with an object"),
        pytest.param("function main() { return Promise.reject('no') }", "no", id="rejects with a text"),
        pytest.param("function main() { return Promise.reject() }", {}, id="rejects with nothing"),
    ],
)
async def test_an_error_in_the_answer_or_a_rejection_is_an_application_error(
    bench: Bench, code: str, error: object
) -> None:
    ran = await bench.run(node(code))

    assert (ran.status, ran.result) == (1, {"error": error})
    assert LAST_LINE not in ran.stderr


async def test_a_rejection_with_an_error_shows_its_name_message_stack_and_members(bench: Bench) -> None:
    ran = await bench.run(node("async function main() { throw Object.assign(new TypeError('boom'), {detail: [1]}) }"))

    assert ran.status == 1
    assert {key: ran.error[key] for key in ("name", "message", "detail")} == {
        "name": "TypeError",
        "message": "boom",
        "detail": [1],
    }
    assert ran.error["stack"].startswith("TypeError: boom\n    at main ")
    assert "node_host.js" not in ran.error["stack"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("function main() { throw new Error('boom') }", "An error has occurred: Error: boom"),
        ("function main() { throw 'bare' }", "An error has occurred: bare"),
        ("function main() { return 'text' }", "The action did not return a dictionary."),
        ("const main = () => 5", "The action did not return a dictionary."),
        ("const main = () => null", "The action did not produce a valid JSON or JSON Array response: null"),
        ("const main = () => new Number(5)", "The action did not produce a valid JSON or JSON Array response: 5"),
        ("const main = () => ({toJSON() {}})", "The action did not produce a valid JSON or JSON Array response."),
        (
            "const main = () => { process.exit(1) }",
            "The action did not produce a valid response and exited unexpectedly.",
        ),
        (
            "const main = () => { process.abort() }",
            "The action did not produce a valid response and exited unexpectedly.",
        ),
        ("process.exit(0)", "The action did not initialize and exited unexpectedly."),
        ("", "Missing main/no code to execute."),
        ("const x = 1", "Initialization has failed due to: Action entrypoint 'main' is not a function."),
        ("throw 'early'", "Initialization has failed due to: early"),
    ],
)
async def test_a_developer_error_says_what_the_stock_runtime_says(bench: Bench, code: str, error: str) -> None:
    ran = await bench.run(node(code))

    assert (ran.status, ran.error) == (2, error)
    assert ran.stderr[-1] == LAST_LINE


@pytest.mark.parametrize(
    ("code", "start"),
    [
        ("function main( {", "SyntaxError: Unexpected end of input\n    at action.js:1"),
        ("import fs from 'fs'", "SyntaxError: Cannot use import statement outside a module"),
        ("missing.call(); function main() {}", "ReferenceError: missing is not defined\n    at Object.<anonymous> ("),
    ],
)
async def test_code_that_does_not_load_fails_with_its_stack(bench: Bench, code: str, start: str) -> None:
    ran = await bench.run(node(code))

    assert ran.status == 2
    assert ran.error.startswith(f"Initialization has failed due to: {start}")
    assert ran.stderr[0].startswith("Error during initialization: ")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "function main() { setTimeout(() => { throw new Error('late') }, 5); return new Promise(() => {}) }",
            id="a throw in a timer",
        ),
        pytest.param(
            "function main() { Promise.reject(new Error('late')); return new Promise(() => {}) }",
            id="a rejection that nobody handles",
        ),
    ],
)
async def test_an_error_outside_of_main_ends_the_process_and_its_stack_is_in_the_log(bench: Bench, code: str) -> None:
    ran = await bench.run(node(code))

    assert (ran.status, ran.error) == (2, "The action did not produce a valid response and exited unexpectedly.")
    assert ran.stderr[0] == "Error: late"


async def test_an_action_that_handles_stray_errors_itself_lives_on(bench: Bench) -> None:
    code = """
        function main() {
          return new Promise((resolve) => {
            process.on('uncaughtException', (error) => resolve({caught: error.message}));
            setTimeout(() => { throw new Error('late') }, 1);
          });
        }"""

    ran = await bench.run(node(code))

    assert ran.result == {"caught": "late"}


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ("const main = () => ({a: 1})", len('{"a":1}')),
        ("const main = () => ({s: 'é😀'})", len('{"s":"é') + 2 + len('"}')),
        ("const main = () => ({error: 1, other: 2})", len('{"error":1,"other":2}')),
        ("const main = () => 'text'", len('{"error":"The action did not return a dictionary."}')),
        ("const main = () => null", len("null")),
    ],
)
async def test_the_size_is_the_length_of_the_answer_as_compact_json(bench: Bench, code: str, size: int) -> None:
    ran = await bench.run(node(code))

    assert ran.size == size


async def test_an_answer_of_exactly_one_megabyte_is_passed_on(bench: Bench) -> None:
    ran = await bench.run(node("const main = () => ({a: 'x'.repeat(1024 * 1024 - 8)})"))

    assert (ran.status, ran.size) == (0, 1024 * 1024)


async def test_a_longer_answer_is_cut_and_is_an_application_error(bench: Bench) -> None:
    ran = await bench.run(node("const main = () => ({a: 'x'.repeat(1024 * 1024)})"))

    assert (ran.status, ran.size) == (1, 1024 * 1024 + 8)
    head = "The action produced a response that exceeded the allowed length: 1048584 > 1048576 bytes. "
    assert ran.error.startswith(head + 'The truncated response was: {"a":"xxx')
    assert len(ran.error) == len(head + "The truncated response was: ") + 1024 * 1024


@pytest.mark.parametrize(
    ("code", "error", "line"),
    [
        (
            "function main() { return 'text' }",
            "The action did not return a dictionary.",
            'Result must be of type object but has type "string": text',
        ),
        (
            "const main = async () => () => 1",
            "The action did not return a dictionary.",
            'Result must be of type object but has type "function": [Function (anonymous)]',
        ),
        (
            "function main() { const a = {}; a.a = a; return a }",
            "Internal error.",
            "TypeError: Converting circular structure to JSON",
        ),
        (
            "function main() { return {n: 10n} }",
            "Internal error.",
            "TypeError: Do not know how to serialize a BigInt",
        ),
    ],
)
async def test_the_log_tells_what_an_answer_is_that_is_none(bench: Bench, code: str, error: str, line: str) -> None:
    ran = await bench.run(node(code))

    assert (ran.status, ran.error) == (2, error)
    assert ran.stderr[0] == line
    assert not any("node_answers.js" in each for each in ran.stderr)
