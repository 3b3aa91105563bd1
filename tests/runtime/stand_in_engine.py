"""A stand-in for docker: as much of its command line as the runtime uses, around processes instead of containers.

Its state is a folder, named by `STAND_IN_ENGINE`: one file for each container. As with docker, a container outlives the
client that started it. What runs in one speaks the protocol of OpenWhisk's images, and takes every action for Python.
"""

import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

SENTINEL = "XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"


def main():
    command, *arguments = sys.argv[1:]
    if command == "serve":
        serve(Path(arguments[0]), is_silent=arguments[1].startswith("silent/"))
        return 0
    state = Path(os.environ["STAND_IN_ENGINE"])
    if (state / "out-of-order").exists():
        print("Cannot connect to the daemon.", file=sys.stderr)
        return 1
    return {"run": run, "port": port, "ps": ps, "rm": rm}[command](state, arguments)


def run(state, arguments):
    file = state / arguments[arguments.index("--name") + 1]
    variables = [arguments[at + 1] for at, each in enumerate(arguments) if each == "--env"]
    environment = dict(each.split("=", 1) for each in variables)
    if arguments[-1].startswith("missing/"):
        print(f"Unable to find image '{arguments[-1]}' locally", file=sys.stderr)
        return 125
    container = subprocess.Popen(
        [sys.executable, "-S", __file__, "serve", str(file), arguments[-1]],
        env=environment,
        cwd="/",
        start_new_session=True,
    )
    written = file.with_suffix(".new")
    written.write_text(json.dumps({"pid": container.pid, "arguments": arguments}))
    written.rename(file)
    code = container.wait()
    if "--rm" in arguments:
        forget(file)
    return code if code >= 0 else 128 - code


def port(state, arguments):
    with contextlib.suppress(FileNotFoundError):
        print(f"127.0.0.1:{(state / f'{arguments[0]}.port').read_text()}")
        return 0
    return 1


def ps(state, arguments):
    label = arguments[arguments.index("--filter") + 1].removeprefix("label=")
    for file in state.glob("worker-*"):
        with contextlib.suppress(FileNotFoundError):  # removed since it was listed
            if not file.suffix and label in json.loads(file.read_text())["arguments"]:
                print(file.name)
    return 0


def rm(state, arguments):
    for name in arguments[1:]:
        file = state / name
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.killpg(json.loads(file.read_text())["pid"], signal.SIGKILL)
        forget(file)
    return 0


def forget(file):
    file.unlink(missing_ok=True)
    file.with_suffix(".port").unlink(missing_ok=True)


def serve(file, *, is_silent):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy, bind_and_activate=False)
    server.server_bind()
    written = file.with_suffix(".new-port")
    written.write_text(str(server.server_port))
    written.rename(file.with_suffix(".port"))
    if is_silent:
        signal.pause()
    server.server_activate()
    server.serve_forever()


class Proxy(http.server.BaseHTTPRequestHandler):
    """What an image's own program answers."""

    main = None

    def do_GET(self):
        self.answer(404, {"error": "nothing here"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        (self.init if self.path == "/init" else self.run)(body)

    def init(self, body):
        value = body["value"]
        os.environ.update(value["env"])
        module = {"INIT": value}
        try:
            exec(value["code"], module)
            Proxy.main = staticmethod(module[value["main"]])
        except Exception as error:
            traceback.print_exc()
            self.end(502, {"error": f"Initialization has failed due to: {error!r}"})
        else:
            self.answer(200, {"ok": True})

    def run(self, body):
        os.environ.update({f"__OW_{key.upper()}": text for key, text in body.items() if key != "value"})
        try:
            answer = Proxy.main(body["value"])
        except Exception as error:
            traceback.print_exc()
            self.end(502, {"error": f"An error has occurred: {error}"})
        else:
            self.end(200, answer)

    def end(self, status, answer):
        for stream in (sys.stdout, sys.stderr):
            print(SENTINEL, file=stream, flush=True)
        self.answer(status, answer)

    def answer(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    sys.exit(main())
