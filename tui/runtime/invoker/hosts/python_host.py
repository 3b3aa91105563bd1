"""Runs one Python action inside a worker process: `python -I -S python_host.py REQUESTS FRAMES FOLDER…`.

Requests come in on one descriptor and frames go out on the other; `tui.runtime.invoker.protocol` describes them. Only
the standard library is imported, and as little of it as possible: every module here delays each cold start. That is
also why Python's own set-up of installed packages is left out; their folders are named in the command.
"""

# Every module imported here delays each cold start, so `os` does what `pathlib` does elsewhere.
# ruff: noqa: PTH100, PTH104, PTH109, PTH112, PTH113, PTH118, PTH120, PTH123, SIM105, SIM115

import _sitebuiltins
import builtins
import io
import json
import os
import sys
import time
import types

HOSTS = os.path.dirname(os.path.abspath(__file__))
"""Not on the search path but for a moment: what is there is no business of the action's."""
sys.path.insert(0, HOSTS)
from python_channel import LAST_VERDICTS, MAX_ANSWER_BYTES, Channel, Logs, LogStream, characters_in  # noqa: E402

del sys.path[0], sys.modules["python_channel"]

MODULE = "main__"
GENERATE_FAILED = "The action failed to generate or locate a binary. See logs for details."
START_FAILED = "Cannot start action. Check logs for details."
ABRUPT = "Command exited abruptly during initialization."


class Host:
    """Serves requests until the runtime is gone."""

    def __init__(self, requests: int, frames: int) -> None:
        self.channel = Channel(requests, frames)
        self.logs = Logs(self.channel)
        self.main = None
        self.phase = None
        self.spent = False

    def serve(self) -> None:
        _, hello = self.channel.read()
        self.channel.token = hello["token"].encode()
        self._capture()
        os.register_at_fork(after_in_child=self._forked)
        self.channel.send(b"ready", b"-", 0, 0, b"", b"")
        while not self.spent:
            kind, body = self.channel.read()
            if kind == b"run":
                self.run(body)
            elif kind == b"init":
                self.init(body)
        while True:
            time.sleep(60)

    def _capture(self) -> None:
        for name, descriptor, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
            buffered = io.BufferedWriter(LogStream(self.logs, name, descriptor))
            text = io.TextIOWrapper(buffered, encoding="utf-8", errors=errors, line_buffering=True)
            setattr(sys, name, text)
            setattr(sys, f"__{name}__", text)

    def _forked(self) -> None:
        """A child of the action has the action's output, but not its connection to the runtime."""
        os.close(self.channel.requests)
        os.close(self.channel.frames)
        self.phase = "forked"
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            stream = open(descriptor, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)

    def finish(self, kind: str, verdict: str, size: int = 0, result: bytes = b"") -> None:
        if self.phase == "forked":
            sys.stdout.flush()
            os._exit(0)
        self.phase = None
        self.spent = verdict in LAST_VERDICTS
        if kind == "init" and verdict == "0":
            with self.logs.lock:  # threads that the code has started may be printing
                self.channel.send(b"init", b"0", 0, 0, b"", b"")
            return
        log_bytes, logs = self.logs.finish()
        self.channel.send(kind.encode(), verdict.encode(), size, log_bytes, result, logs)

    def fail(self, kind: str, text: str) -> None:
        result = json.dumps({"error": text}, separators=(",", ":")).encode()
        self.finish(kind, "2", len(result) + 1, result)

    # ---- init ----

    def init(self, request) -> None:
        self.phase = "init"
        self.logs.begin(request["log_bytes"])
        if not request["main"] or not request["code"]:
            self.fail("init", "Missing main/no code to execute.")
            return
        try:
            os.environ.update(request["env"])
            compiled, path = self._generate(request)
        except MemoryError:
            self.finish("init", "m")
        except SyntaxError as error:
            print(error.msg, f"(line {error.lineno})", sep="\n", file=sys.stderr)
            self.fail("init", GENERATE_FAILED)
        except Exception as error:
            print(error, file=sys.stderr)
            self.fail("init", GENERATE_FAILED)
        else:
            self._start(compiled, path, request["main"])

    def _generate(self, request):
        """Put the code in its place and parse it."""
        folder = os.getcwd()
        sys.path.insert(0, folder)
        path = os.path.join(folder, f"{MODULE}.py")
        if request["binary"]:
            sys.path.insert(0, HOSTS)
            import python_archive

            del sys.path[0], sys.modules["python_archive"]
            python_archive.unpack(request["code"], folder)
            zipped = [os.path.join(folder, name) for name in ("exec", "__main__.py")]
            entry = next(filter(os.path.isfile, zipped), None)
            if entry is None:
                raise ValueError("Zip file does not include main__")
            os.rename(entry, path)
            if self._install_requirements(folder):
                sys.path.insert(1, os.path.join(folder, "virtualenv"))
            else:
                python_archive.activate_virtualenv(os.path.join(folder, "virtualenv"))
            with open(path, "rb") as file:
                code = file.read()
        else:
            code = request["code"].encode("utf-8", "surrogatepass")
            with open(path, "wb") as file:
                file.write(code)
        return compile(code, path, "exec", dont_inherit=True), path

    def _install_requirements(self, folder: str) -> bool:
        """Let the runtime bring what `requirements.txt` asks for, unless the archive has brought it itself."""
        if os.path.isdir(os.path.join(folder, "virtualenv")):
            return False
        if not os.path.isfile(os.path.join(folder, "requirements.txt")):
            return False
        self.channel.send(b"install", b"-", 0, 0, b"", b"")
        _, answer = self.channel.read()
        if answer["error"] is not None:
            if answer["output"]:
                print(answer["output"], file=sys.stderr)
            raise ValueError(f"The requirements of the action could not be installed: {answer['error']}")
        return True

    def _start(self, compiled, path: str, main: str) -> None:
        module = types.ModuleType(MODULE)
        module.__file__ = path
        sys.modules[MODULE] = module
        try:
            exec(compiled, module.__dict__)
            if not hasattr(module, main):
                raise ImportError(f"cannot import name '{main}' from '{MODULE}' ({path})")
            self.main = getattr(module, main)
        except MemoryError:
            self.finish("init", "m")
        except SystemExit as error:
            print_reason(error)
            print(ABRUPT, file=sys.stderr)
            self.fail("init", START_FAILED)
        except BaseException as error:
            print(traceback_of(error), end="", file=sys.stderr)
            print(ABRUPT, file=sys.stderr)
            self.fail("init", START_FAILED)
        else:
            self.finish("init", "0")

    # ---- run ----

    def run(self, request) -> None:
        self.phase = "end"
        self.logs.begin(self.logs.limit)
        vary_environment(request)
        try:
            answer = self.main(request["value"])
        except MemoryError:
            self.finish("end", "m")
            return
        except Exception as error:
            print(traceback_of(error), end="", file=sys.stderr)
            answer = {"error": text_of(error)}
        except BaseException as error:
            if isinstance(error, SystemExit):
                print_reason(error)
            else:
                print(traceback_of(error), end="", file=sys.stderr)
            self._exit(error)
        self._answer(answer)

    def _answer(self, answer) -> None:
        try:
            body = to_bytes(SPACED.encode(answer)) + b"\n"
            compact = to_bytes(COMPACT.encode(answer))
        except MemoryError:
            self.finish("end", "m")
            return
        except Exception as error:
            print(traceback_of(error), end="", file=sys.stderr)
            self._exit(None)
        size = len(body) if body.isascii() else characters_in(body.decode())
        if len(body) > MAX_ANSWER_BYTES:
            self.finish("end", "t", len(body), body[:MAX_ANSWER_BYTES])
        elif answer is None:
            self.finish("end", "n", size, compact)
        elif compact[:1] not in b"{[" or not is_json(compact):
            self.fail("end", "The action did not return a dictionary or array.")
        elif compact[:1] == b"{" and b'"error":' in compact and "error" in (members := json.loads(compact)):
            self.finish("end", "1", size, to_bytes(COMPACT.encode({"error": members["error"]})))
        else:
            self.finish("end", "0", size, compact)

    def _exit(self, error) -> None:
        """The end of the process, which the stock runtime reports as `command exited`."""
        self.finish("end", "x")
        code = getattr(error, "code", 1)
        os._exit(code & 0xFF if isinstance(code, int) else 1)


OF_RUN = {
    b"__OW_ACTIVATION_ID": "activation_id",
    b"__OW_TRANSACTION_ID": "transaction_id",
    b"__OW_DEADLINE": "deadline",
}
"""Variables that change with every run, and where a request says what to."""
STARTS = frozenset(
    ("subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn")
)
"""What Python tells its audit hooks before another program gets to see the variables of the process."""
STARTERS = "multiprocessing"
"""Starts other programs without telling: while it is there, the C library is told every value."""


ENVIRON = os.environ
VALUES = os.environ._data
"""Where Python looks: kept from the start, since an action may put something of its own in the place of `environ`."""


def vary_environment(request) -> None:
    """Show the action the variables of its run.

    The C library keeps every value that a variable ever had. It is therefore told one only before a child process
    inherits it; until then they are where Python looks.
    """
    for name, member in OF_RUN.items():
        VALUES[name] = os.fsencode(request[member])
    if STARTERS in sys.modules:
        put_variables()
    if os.environ is not ENVIRON:
        try:
            os.environ.update({os.fsdecode(name): request[member] for name, member in OF_RUN.items()})
        except Exception:
            pass  # it is the action's own


def put_variables() -> None:
    for name in OF_RUN:
        if name in VALUES:
            os.putenv(name, VALUES[name])


def pass_environment_on(event: str, arguments) -> None:
    if event in STARTS or (event == "import" and arguments[0] == STARTERS):
        put_variables()


SPACED = json.JSONEncoder(ensure_ascii=False)
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_bytes(text: str) -> bytes:
    """JSON in UTF-8, which cannot carry lone surrogates: they are written as the escapes that JSON has for them."""
    return text.encode("utf-8", "backslashreplace")


def is_json(text: bytes) -> bool:
    """Whether it holds none of the numbers that only Python knows."""
    if b"NaN" not in text and b"Infinity" not in text:
        return True

    def refuse(name):
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def print_reason(error: SystemExit) -> None:
    """What Python prints when it is told to exit with a text."""
    if error.code is not None and not isinstance(error.code, int):
        print(error.code, file=sys.stderr)


def text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return type(error).__name__


def traceback_of(error: BaseException) -> str:
    """As Python prints it, without the frames of this file."""
    import traceback

    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


if __name__ == "__main__":
    requests, frames = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(requests, False)
    os.set_inheritable(frames, False)
    sys.path.extend(sys.argv[3:])
    sys.argv = [MODULE]
    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "end of input"))
    sys.dont_write_bytecode = True
    sys.addaudithook(pass_environment_on)
    Host(requests, frames).serve()
