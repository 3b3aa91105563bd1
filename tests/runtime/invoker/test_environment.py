"""What an action finds around itself: variables, folders, streams."""

import json
import time

import pytest

from .running import Bench, node, node_zip, python

OURS = {"PATH", "HOME", "TMPDIR", "TZ"}
NODE = "const main = () => process.env"
PYTHON = "import os\ndef main(args): return dict(os.environ)"


@pytest.mark.parametrize("make", [lambda **k: node(NODE, **k), lambda **k: python(PYTHON, **k)], ids=["node", "python"])
async def test_the_platform_s_variables_and_init_parameters_are_there_and_nothing_of_the_user_s_shell(
    bench: Bench, make: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "https_proxy", "NODE_OPTIONS", "PYTHONPATH", "AWS_SECRET_ACCESS_KEY", "__OW_API_KEY"):
        monkeypatch.setenv(name, "of the shell")
    monkeypatch.setenv("TZ", "Europe/Zurich")
    executable = make(init_environment={"GREETING": "hi", "EMPTY": "", "ZERO": "a\0b"}, key=f"{time.time()}")
    before_ms = int(time.time() * 1000)

    running = bench.submit(executable)
    variables = (await running.ended()).result

    assert before_ms + 60_000 <= int(variables.pop("__OW_DEADLINE")) <= int(time.time() * 1000) + 60_000
    assert variables.pop("__OW_ACTIVATION_ID") == running.job.activation_id
    if "LC_CTYPE" in variables:  # set by Python itself
        del variables["LC_CTYPE"]
    expected = {
        "__OW_API_HOST": "http://127.0.0.1:3233",
        "__OW_API_KEY": "uuid:secret",
        "__OW_NAMESPACE": "guest",
        "__OW_ACTION_NAME": "/guest/demo/hello",
        "__OW_ACTION_VERSION": "0.0.3",
        "__OW_TRANSACTION_ID": "tid-1",
        "GREETING": "hi",
        "EMPTY": "",
        "ZERO": "ab",
    }
    if executable.kind.startswith("nodejs"):
        expected["__OW_ALLOW_CONCURRENT"] = "true"
    assert {name: value for name, value in variables.items() if name not in OURS} == expected
    assert variables.keys() >= {"PATH", "HOME", "TMPDIR"}


async def test_a_key_that_the_action_declined_is_withheld(bench: Bench) -> None:
    for executable in (node(NODE, api_key=None), python(PYTHON, api_key=None)):
        assert "__OW_API_KEY" not in (await bench.run(executable)).result


async def test_the_platform_s_variables_are_there_while_the_code_loads(bench: Bench) -> None:
    text = node("const atInit = {...process.env}; function main() { return atInit }", init_environment={"A": "1"})
    module = python(
        "import os\nAT_INIT = dict(os.environ)\ndef main(args): return AT_INIT", init_environment={"A": "1"}
    )

    for executable in (text, module):
        variables = (await bench.run(executable)).result
        assert variables["A"] == "1"
        assert {"__OW_API_HOST", "__OW_API_KEY", "__OW_ACTIVATION_ID", "__OW_DEADLINE"} <= variables.keys()


@pytest.mark.parametrize(
    "code",
    [
        node("const main = () => ({id: process.env.__OW_ACTIVATION_ID, deadline: process.env.__OW_DEADLINE})"),
        python(
            "import os\n"
            "def main(args): return {'id': os.environ['__OW_ACTIVATION_ID'], 'deadline': os.environ['__OW_DEADLINE']}"
        ),
        node(
            "const env = () => ({id: process.env.__OW_ACTIVATION_ID, deadline: process.env.__OW_DEADLINE})\n"
            "const main = () => { process.env = {...process.env, X: '1'}; return env() }"
        ),
        python(
            "import os\n"
            "def main(args):\n"
            "    os.environ = dict(os.environ, X='1')\n"
            "    return {'id': os.environ['__OW_ACTIVATION_ID'], 'deadline': os.environ['__OW_DEADLINE']}"
        ),
        python(
            "import multiprocessing, os, subprocess, sys\n"
            "from multiprocessing.util import spawnv_passfds\n"
            "def main(args):\n"
            "    ours, theirs = os.pipe()\n"
            "    code = 'import os; v = os.environ; '\\\n"
            '           \'os.write(%d, (v["__OW_ACTIVATION_ID"] + v["__OW_DEADLINE"]).encode())\'\n'
            "    command = ['python', '-c', code % theirs]\n"
            "    child = spawnv_passfds(os.fsencode(sys.executable), [os.fsencode(one) for one in command], [theirs])\n"
            "    os.waitpid(child, 0)\n"
            "    text = os.read(ours, 100).decode()\n"
            "    os.close(ours)\n"
            "    os.close(theirs)\n"
            "    return {'id': text[:32], 'deadline': text[32:]}"
        ),
    ],
    ids=["node", "python", "node-replaced", "python-replaced", "python-multiprocessing"],
)
async def test_each_run_of_a_warm_worker_has_an_id_and_a_deadline_of_its_own(bench: Bench, code: object) -> None:
    runs = []
    for _ in range(2):
        running = bench.submit(code)  # type: ignore[arg-type]
        runs.append((running.job.activation_id, (await running.ended()).result))

    assert all(result["id"] == activation_id for activation_id, result in runs)
    assert runs[0][1]["deadline"] <= runs[1][1]["deadline"]


async def test_arguments_arrive_as_they_were_sent(bench: Bench) -> None:
    arguments = {"text": 'é😀\u2028"\\\n', "deep": {"list": [1, 2.5, None, True]}, "proto": {"__proto__": {"x": 1}}}

    in_node = await bench.run(node("const main = (args) => ({json: JSON.stringify(args)})"), arguments)
    in_python = await bench.run(python("def main(args): return args"), arguments)

    assert json.loads(in_node.result["json"]) == arguments
    assert in_python.result == arguments


async def test_a_megabyte_of_arguments_goes_in_and_out(bench: Bench) -> None:
    arguments = {"text": "x" * (1024 * 1024 - 100)}

    for executable in (node("const main = (args) => args"), python("def main(args): return args")):
        assert (await bench.run(executable, arguments)).result == arguments


async def test_code_of_many_megabytes_runs(bench: Bench) -> None:
    padding = "x" * (20 * 1024 * 1024)

    in_node = await bench.run(node(f"const main = () => ({{a: 1}}) // {padding}"))
    in_python = await bench.run(python(f"def main(args): return {{'a': 1}} # {padding}"))

    assert in_node.result == in_python.result == {"a": 1}


async def test_stdin_is_empty(bench: Bench) -> None:
    in_node = await bench.run(node("const main = () => ({read: require('fs').readFileSync(0, 'utf8')})"))
    in_python = await bench.run(python("import sys\ndef main(args): return {'read': sys.stdin.read()}"))

    assert in_node.result == in_python.result == {"read": ""}


async def test_every_worker_has_a_folder_of_its_own_which_is_its_home(bench: Bench) -> None:
    code = """
        import os
        def main(args):
            open('mine.txt', 'x').close()
            return {'cwd': os.getcwd(), 'home': os.path.expanduser('~'), 'tmp': __import__('tempfile').gettempdir()}"""

    first, second = [(await bench.run(python(code.replace("\n        ", "\n")))).result for _ in range(2)]

    assert first["cwd"] != second["cwd"]
    assert first["cwd"].startswith(first["home"])
    assert first["tmp"].startswith(first["home"])


async def test_a_python_action_may_import_what_is_installed_beside_the_runtime_and_call_exit(bench: Bench) -> None:
    imports = await bench.run(python("import orjson\ndef main(args): return {'text': orjson.dumps([1]).decode()}"))
    leaves = await bench.run(python("def main(args): exit(2)"))

    assert imports.result == {"text": "[1]"}
    assert leaves.error == "command exited"


async def test_a_dynamic_import_in_a_text_works_and_prints_nothing(bench: Bench) -> None:
    ran = await bench.run(node("async function main() { return {read: typeof (await import('fs')).readFileSync} }"))

    assert (ran.result, ran.lines) == ({"read": "function"}, [])


async def test_what_an_action_changes_in_its_globals_does_not_reach_the_host(bench: Bench) -> None:
    code = """
        JSON.stringify = () => 'broken'; globalThis.setImmediate = () => {}; Buffer.from = null; Promise = null;
        process.exit = () => {}; console.log = null;
        exports.main = () => ({a: 1})"""

    executable = node_zip({"index.js": code})

    assert [(await bench.run(executable)).status for _ in range(2)] == [0, 0]


async def test_children_and_copies_of_the_environment_see_the_variables_of_their_run(bench: Bench) -> None:
    code = """
    const { execSync } = require('child_process');
    function main() {
      const { env } = process;
      return {
        child: execSync('echo $__OW_ACTIVATION_ID').toString().trim(),
        spread: { ...env }.__OW_ACTIVATION_ID,
        listed: Object.entries(env).find(([name]) => name === '__OW_ACTIVATION_ID')[1],
        has: '__OW_ACTIVATION_ID' in env,
      };
    }
    """
    executable = node(code)

    for _ in range(2):
        running = bench.submit(executable)
        own = running.job.activation_id
        assert (await running.ended()).result == {"child": own, "spread": own, "listed": own, "has": True}


async def test_children_of_a_python_action_see_the_variables_of_its_run(bench: Bench) -> None:
    code = """
import os, subprocess
def main(args):
    os.system('echo $__OW_ACTIVATION_ID > system')
    read, write = os.pipe()
    if os.fork() == 0:
        os.dup2(write, 1)
        os.execvp('sh', ['sh', '-c', 'echo $__OW_ACTIVATION_ID'])
    os.wait()
    given = subprocess.run(['env'], env=os.environ, capture_output=True, text=True).stdout
    return {
        'popen': subprocess.getoutput('echo $__OW_ACTIVATION_ID'),
        'given': given.count(os.environ['__OW_ACTIVATION_ID']),
        'system': open('system').read().strip(),
        'forked': os.read(read, 100).decode().strip(),
        'copied': os.environ.copy()['__OW_ACTIVATION_ID'],
    }"""
    executable = python(code)
    for _ in range(2):
        running = bench.submit(executable)
        own = running.job.activation_id

        expected = {"popen": own, "given": 1, "system": own, "forked": own, "copied": own}
        assert (await running.ended()).result == expected


async def test_what_an_action_sets_in_its_environment_stays_set(bench: Bench) -> None:
    code = """
    let runs = 0;
    function main() {
      if (runs++ === 0) {
        process.env.MINE = 1;
        process.env.__OW_DEADLINE = 7;
        delete process.env.__OW_TRANSACTION_ID;
      }
      return { mine: process.env.MINE, deadline: process.env.__OW_DEADLINE, keys: Object.keys(process.env).length };
    }
    """
    executable = node(code)

    first, second = (await bench.run(executable)).result, (await bench.run(executable)).result

    assert (first["mine"], first["deadline"]) == ("1", "7")
    assert second["mine"] == "1"
    assert second["deadline"] != "7"
