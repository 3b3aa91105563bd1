"""The data folder: who serves it, with which key, and where.

The lock decides, never a pid: it is held by the living process and gone with it, so nothing stale can block a start.
`endpoint.json` is a hint beside it, to be verified by asking the address for its `instance`.
"""

import fcntl
import json
import os
import secrets
import string
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from tui.entities.endpoint import Secret, Wskprops
from tui.entities.json import JsonObject
from tui.errors import UserError

_PATIENCE_S = 12.0
"""How long a runtime that holds the lock may take to say where it is, or one that is stopping to give it up."""
_GLANCE_S = 0.5
"""Whoever asks whether the folder is served holds the lock for a moment; that is no reason to give up."""
_POLL_S = 0.05
_KEY_CHARACTERS = string.ascii_letters + string.digits
_KEY_LENGTH = 64


class AlreadyServed(UserError):
    """Another process holds the data folder."""

    title = "This data folder is being served already"
    hint = "Use that runtime, end it with `whisktop stop`, or choose another folder with --data-dir."


class UnusableFolder(UserError):
    """Nothing can be written there: it is read-only, somebody else's, or the disk is full."""

    title = "The data folder cannot be written"
    hint = "Make room or change its rights, or choose another folder with --data-dir."


class DataFolder(Struct, frozen=True):
    """A data folder whose lock this process holds."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "runtime.db"

    @property
    def work(self) -> Path:
        """Where workers have their folders."""
        return self.path / "work"

    def last_written_ms(self) -> int:
        """When an earlier runtime last wrote its database; 0 if there was none."""
        files = (self.database, self.database.with_name("runtime.db-wal"))
        return max((int(file.stat().st_mtime * 1000) for file in files if file.exists()), default=0)

    def load_key(self, name: str = "key") -> Secret:
        """`uuid:secret`: made once, and the same ever after. `name` is that of the file."""
        file = self.path / name
        if not file.exists():
            secret = "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(_KEY_LENGTH))
            write_private(file, f"{uuid.uuid4()}:{secret}\n")
        return Secret(file.read_text(encoding="ascii").strip())

    @contextmanager
    def announced(self, *, url: str, namespace: str, auth: Secret, instance: str, version: str) -> Iterator[None]:
        """Say in `endpoint.json` where the runtime is, for as long as the block lasts."""
        file = _endpoint_file(self.path)
        body: JsonObject = {
            "url": url,
            "namespace": namespace,
            "auth": auth.reveal(),
            "instance": instance,
            "version": version,
            "pid": os.getpid(),
        }
        write_private(file, json.dumps(body, indent=2) + "\n", outlives_power=False)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


@contextmanager
def open_data_folder(path: Path) -> Iterator[DataFolder]:
    """Make the folder if need be and hold its lock.

    Raises:
        AlreadyServed: A living process holds it; the message names its address.
        UnusableFolder: Nothing can be written there.
    """
    with _writing(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(lock, path)
        _close_in_children(lock)
        _endpoint_file(path).unlink(missing_ok=True)  # left behind by a crash: nobody else serves the folder
        yield DataFolder(path)
    finally:
        _HELD.discard(lock)
        os.close(lock)


def write_wskprops(file: Path, *, url: str, auth: Secret, namespace: str) -> None:
    """What `wsk` and its kin read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_private(file, Wskprops.render(apihost=url, auth=auth, namespace=namespace))


def write_private(file: Path, text: str, *, outlives_power: bool = True) -> None:
    """Write `file` as a whole and readable by its owner alone; nobody ever sees half of it.

    `outlives_power`: it has to be there when the machine comes up again.

    Raises:
        UnusableFolder: It cannot be written.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with _writing(file):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                if outlives_power:
                    os.fsync(stream.fileno())
            temporary.replace(file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnusableFolder(f"{path}: {error.strerror or error}") from error


def _acquire(lock: int, path: Path) -> None:
    began = time.monotonic()
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        waited_s = time.monotonic() - began
        url = _find_url(path)
        if url is not None and waited_s > _GLANCE_S:
            raise AlreadyServed(f"{path} is served by the runtime at {url}")
        if waited_s > _PATIENCE_S:
            raise AlreadyServed(f"{path} is served by a runtime that has not said where yet")
        time.sleep(_POLL_S)


def _find_url(path: Path) -> str | None:
    try:
        url = json.loads(_endpoint_file(path).read_text(encoding="utf-8"))["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return url if isinstance(url, str) else None


def _endpoint_file(path: Path) -> Path:
    return path / "endpoint.json"


_HELD: set[int] = set()


def _close_in_children(lock: int) -> None:
    """A child that is forked and not replaced by another program would keep the lock after we are gone."""
    if not _HELD:
        os.register_at_fork(after_in_child=_close_held)
    _HELD.add(lock)


def _close_held() -> None:
    while _HELD:
        with suppress(OSError):
            os.close(_HELD.pop())
