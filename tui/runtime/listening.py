"""The socket that the runtime listens on."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from tui.config import RuntimeSettings
from tui.errors import UserError

BACKLOG = 2048
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


class PortTaken(UserError):
    """Another process listens where this one was to listen."""

    title = "The port is taken"
    hint = "Choose another with --port, or --port 0 for any that is free."


class CannotListen(UserError):
    """The address cannot be listened on at all."""

    title = "The address cannot be used"


class Listener(Struct, frozen=True):
    """A socket that listens."""

    socket: socket.socket
    url: str
    """Where it is reached from this machine."""


@contextmanager
def open_listener(settings: RuntimeSettings, *, take_any_port: bool) -> Iterator[Listener]:
    """Listens where the settings say. `take_any_port` takes a free port where the wanted one is taken.

    Raises:
        PortTaken, CannotListen: Nothing can be served at that address.
    """
    host = settings.host
    try:
        bound = _bind(host, settings.port)
    except PortTaken:
        if not take_any_port:
            raise
        bound = _bind(host, 0)
    with bound:
        shown = _EVERY_ADDRESS.get(host) or (f"[{host}]" if ":" in host else host)
        yield Listener(bound, f"http://{shown}:{bound.getsockname()[1]}")


def _bind(host: str, port: int) -> socket.socket:
    try:
        # As bytes: a text would be looked at for letters beyond ASCII, with tables that take longer than all of this.
        name = host.encode() if host.isascii() else host
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(f"{host} is no address of this machine: {error}") from error
    family, kind, number, _, address = found[0]
    listener = socket.socket(family, kind, number)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Two sockets may be bound to one port as long as neither listens: only listening finds out.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if isinstance(error, PermissionError):
            raise CannotListen(f"Port {port} of {host} may not be used: {error.strerror}") from error
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"Port {port} of {host} is taken by another program") from error
        raise CannotListen(f"{host} cannot be listened on: {error.strerror}") from error
    listener.setblocking(False)
    return listener
