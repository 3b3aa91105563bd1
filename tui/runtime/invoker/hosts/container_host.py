"""Runs one action in a container: stands between the runtime and the `/init` and `/run` of an OpenWhisk image.

`python -I -S container_host.py REQUESTS FRAMES NAME END ENGINE run …`: the command from `ENGINE` on starts the
container of that name, and its output is the action's; `END` is `end` if the image tells where the log of a run ends.
On one side this speaks as `python_host.py` does, on the other plain HTTP. It bounds nothing and removes nothing: the
runtime ends this process and the container alike.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  (as the other hosts do it)

from python_channel import LAST_VERDICTS, MAX_ANSWER_BYTES, Channel, Logs, characters_in  # noqa: E402

PORT = "8080"
SENTINEL = b"XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX"
POLL_S = 0.05
MAX_POLL_S = 1.0
LISTENS_WITHIN_S = 60.0
"""From when the engine has fetched the image and opened the port."""
PROBE_WITHIN_S = 5.0
SENTINEL_WITHIN_S = 5.0
"""An image that prints none is not waited for again."""
FAILED_LOG_WITHIN_S = 0.2
EXIT_WITHIN_S = 2.0
CHUNK_BYTES = 64 * 1024
KILLED = (137, -9)
"""Nobody else kills a container while this process lives: it had no memory left."""
INIT_FAILED = "The action failed during initialization"
NOT_TOLD = "__OW_API_HOST", "__OW_ACTIVATION_ID", "__OW_TRANSACTION_ID", "__OW_DEADLINE", "__OW_ALLOW_CONCURRENT"
"""Of the environment: what is no part of every run's context."""


class Lost(Exception):
    """The container is gone, or hung up."""


class Container:
    """The container as the engine's client shows it."""

    def __init__(self, name, prints_ends, command, logs):
        self.name, self.engine, self.logs = name, command[0], logs
        self.port = 0
        self.is_ready = False
        self.tail = b""
        self.ends = {"stdout": threading.Semaphore(0), "stderr": threading.Semaphore(0)}
        self.prints_ends = prints_ends
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        for stream in self.ends:
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def wait_until_ready(self):
        began, until = time.monotonic(), None
        while not (self._find_port() and self._answers()):
            if until is None and self.port:
                until = time.monotonic() + LISTENS_WITHIN_S
            is_late = until is not None and time.monotonic() > until
            if is_late or self.process.poll() is not None:
                time.sleep(POLL_S)  # for what it said last
                os.write(2, b"nobody listens in the container" if is_late else self.tail)
                os._exit(1)
            # Each look starts the engine's client: while an image is being fetched they become rarer.
            time.sleep(min(max(POLL_S, (time.monotonic() - began) / 10), MAX_POLL_S))
        self.is_ready = True

    def _find_port(self):
        if not self.port:
            found = subprocess.run(
                [self.engine, "port", self.name, PORT],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            number = found.stdout.split(b"\n")[0].rpartition(b":")[2].strip()
            self.port = int(number) if number.isdigit() else 0
        return self.port

    def _answers(self):
        """Whether somebody speaks HTTP there: the engine opens the port before the program in the container does."""
        try:
            self._request("GET", "/", None, within_s=PROBE_WITHIN_S)
        except (OSError, http.client.HTTPException):
            return False
        return True

    def post(self, path, body):
        """Status, the beginning of the answer, and how long it is altogether. Raises `Lost`."""
        try:
            return self._request("POST", path, json.dumps(body).encode())
        except (OSError, http.client.HTTPException):
            raise Lost from None

    def _request(self, method, path, body, within_s=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=within_s)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            kept, length = [], 0
            while chunk := answer.read(CHUNK_BYTES):
                if length <= MAX_ANSWER_BYTES:
                    kept.append(chunk)
                length += len(chunk)
            return answer.status, b"".join(kept), length
        finally:
            connection.close()

    def had_no_memory(self):
        """Asked when it was lost."""
        try:
            return self.process.wait(EXIT_WITHIN_S) in KILLED
        except subprocess.TimeoutExpired:
            return False

    # ---- what it prints ----

    def wait_for_end(self, *, failed):
        """Until the log of a run is complete: the image says so on both streams."""
        if not self.prints_ends:
            time.sleep(POLL_S)
            return
        until = time.monotonic() + (FAILED_LOG_WITHIN_S if failed else SENTINEL_WITHIN_S)
        for end in self.ends.values():
            if not end.acquire(timeout=max(0.0, until - time.monotonic())) and not failed:
                self.prints_ends = False

    def _read(self, stream):
        pipe, rest = getattr(self.process, stream), b""
        while data := pipe.read(CHUNK_BYTES):
            if not self.is_ready:
                self.tail = (self.tail + data)[-CHUNK_BYTES:]
                continue
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._printed(stream, line)
            if len(rest) > CHUNK_BYTES:
                self.logs.write(stream, rest)
                rest = b""
        if rest:
            self._printed(stream, rest)

    def _printed(self, stream, line):
        text, found, _ = line.partition(SENTINEL)
        if not found or text:
            self.logs.write(stream, text + b"\n")
        if found:
            self.ends[stream].release()


class ContainerHost:
    """Serves requests until the runtime is gone."""

    def __init__(self, requests, frames, name, prints_ends, command):
        self.channel = Channel(requests, frames)
        self.logs = Logs(self.channel)
        self.overlaps = False
        self.spent = False
        self.context = {}
        _, hello = self.channel.read()
        self.channel.token = hello["token"].encode()
        self.container = Container(name, prints_ends, command, self.logs)

    def serve(self):
        self.container.wait_until_ready()
        self.channel.send(b"ready", b"-", 0, 0, b"", b"")
        while not self.spent:
            kind, body = self.channel.read()
            if kind == b"init":
                self.init(body)
            elif kind == b"run" and self.overlaps:
                threading.Thread(target=self.run, args=(body,), daemon=True).start()
            elif kind == b"run":
                self.run(body)
        while True:
            time.sleep(60)

    def init(self, request):
        self.overlaps = request["slots"] > 1
        self.logs.begin(request["log_bytes"] * request["slots"])  # runs that overlap share it
        environment = request["env"]
        self.context = {
            name[len("__OW_") :].lower(): value
            for name, value in environment.items()
            if name.startswith("__OW_") and name not in NOT_TOLD
        }
        value = {"name": environment["__OW_ACTION_NAME"].rpartition("/")[2], "env": environment}
        value |= {member: request[member] for member in ("main", "binary")}
        if request["code"]:
            value["code"] = request["code"]
        try:
            status, body, length = self.container.post("/init", {"value": value})
        except Lost:
            self.lost(b"init")
            return
        if status == http.client.OK:
            with self.logs.lock:  # threads that read the container's output may be writing
                self.channel.send(b"init", b"0", 0, 0, b"", b"")
            return
        text, answer = decode(body)
        if isinstance(answer, dict) and "error" in answer:
            self.finish(b"init", b"2", characters_in(text), {"error": answer["error"]})
        else:
            self.finish(b"init", b"2", length, {"error": f"{INIT_FAILED}: {text}" if text else f"{INIT_FAILED}."})

    def run(self, request):
        kind = b"end:" + request["activation_id"].encode() if self.overlaps else b"end"
        with self.logs.lock:
            self.logs.begin(self.logs.limit)
        try:
            status, body, length = self.container.post("/run", self.context | request)
        except Lost:
            self.lost(kind)
            return
        if length > MAX_ANSWER_BYTES:
            self.finish(kind, b"t", length, body[:MAX_ANSWER_BYTES])
            return
        text, answer = decode(body)
        has_error = isinstance(answer, dict) and "error" in answer
        if has_error:
            verdict = b"1" if status == http.client.OK else b"2"
            self.finish(kind, verdict, characters_in(text), {"error": answer["error"]})
        elif status == http.client.OK and isinstance(answer, dict | list):
            self.finish(kind, b"0", characters_in(text), body.strip())
        else:
            self.finish(kind, b"n", characters_in(text), body)

    def lost(self, kind):
        self.finish(kind, b"m" if self.container.had_no_memory() else b"x")

    def finish(self, kind, verdict, size=0, result=b""):
        failed = verdict.decode() in LAST_VERDICTS
        self.container.wait_for_end(failed=failed)
        self.spent = self.spent or failed
        if isinstance(result, dict):
            result = json.dumps(result).encode()
        if self.overlaps:
            with self.logs.lock:  # others print and end meanwhile
                log_bytes, logs = self.logs._take()
                self.channel.send(kind, verdict, size, log_bytes, result, logs)
        else:
            log_bytes, logs = self.logs.finish()
            self.channel.send(kind, verdict, size, log_bytes, result, logs)


def decode(body):
    """An answer as text, and the JSON it is, if it is any."""
    text = body.decode("utf-8", "replace")
    try:
        return text, json.loads(text)
    except (ValueError, RecursionError):
        return text, None


if __name__ == "__main__":
    ContainerHost(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "end", sys.argv[5:]).serve()
