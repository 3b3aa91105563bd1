"""From settings to an endpoint: the one that was chosen, or the local runtime, started if need be."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from tui import contexts, launch
from tui.config import Settings, load_settings
from tui.contexts import Catalog, Choice, Context, Setting, Surroundings
from tui.entities.endpoint import Endpoint, Secret
from tui.errors import ConfigError


class Accounts:
    """The contexts of one session: which there are, and which one is open. Every look reads the files anew."""

    def __init__(
        self,
        settings: Settings,
        *,
        context: str | None,
        read_only: bool,
        environ: Mapping[str, str] = os.environ,
        cwd: Path | None = None,
    ) -> None:
        """
        Args:
            context: What `--context` named, if anything.
            read_only: Refuse every write, whatever the context says.
        """
        self.settings = settings
        self.read_only = read_only
        self._context = context
        self._opened: str | None = None
        self._stamp = _stamp_of(settings)
        self._surroundings = Surroundings(environ=environ, cwd=cwd or Path.cwd())

    def catalog(self) -> Catalog:
        """Every context there is, with where each value of it was found."""
        self._reread_settings()
        return contexts.find_contexts(self.settings, self._surroundings)

    def _reread_settings(self) -> None:
        """Their contexts, if the file is another by now."""
        stamp, self._stamp = self._stamp, _stamp_of(self.settings)
        if stamp != self._stamp:
            with suppress(ConfigError):  # while it is being written; what was read before stays
                settings = load_settings(environ={"WHISKTOP_CONFIG": str(self.settings.file)})
                self.settings = replace(self.settings, contexts=settings.contexts)

    def choice(self, catalog: Catalog | None = None) -> Choice:
        """The context that is open or would be opened, and why that one.

        Raises:
            ConfigError: What is named does not exist or is not complete.
        """
        catalog = catalog or self.catalog()
        opened = None if self._opened is None else catalog.find(self._opened)
        if opened is not None and opened.problem is None:  # files that came up since must not lead elsewhere
            return Choice(opened, "it is open")
        return contexts.choose(self.settings, catalog, self._surroundings, context=self._context)

    def use(self, name: str) -> Context:
        """From now on this one.

        Raises:
            ConfigError: There is none of that name, or it is not complete; the one before stays.
        """
        before = self._context, self._opened
        self._context, self._opened = name, None
        try:
            return self.choice().context
        except Exception:
            self._context, self._opened = before
            raise

    def endpoint(self) -> Endpoint | None:
        """The endpoint of the chosen context, or `None` for the local runtime, whose address only `launch` can tell.

        Raises:
            ConfigError: As `choice`.
        """
        endpoint = self.choice().context.endpoint
        return None if endpoint is None else contexts.locked(endpoint, read_only=self.read_only)

    def owner(self) -> Endpoint:
        """Whose history is meant: without asking anybody, and without starting the local runtime.

        Raises:
            ConfigError: As `choice`; or the local runtime is meant, which has no key yet.
        """
        endpoint = self.endpoint()
        if endpoint is not None:
            return endpoint
        runtime = self.settings.runtime
        try:
            key = (runtime.data_dir / "key").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"The local runtime in {runtime.data_dir} has no key yet, so it has no history either.",
                hint="Start it once with `whisktop serve`, or name another context with --context.",
            ) from error
        return Endpoint(context=contexts.LOCAL, url=f"http://{runtime.host}:{runtime.port}", auth=Secret(key))

    def account(self) -> Endpoint | None:
        """As `owner`; `None` where nothing can be shown yet."""
        try:
            return self.owner()
        except ConfigError:  # it will be said when it is connected to, or there is no key yet
            return None

    async def look_again(self, before: Endpoint) -> Endpoint | None:
        """The open context's endpoint, if its files or the local runtime tell of another address or key than before.

        Nothing is started, and no other context is chosen, whatever files there are by now.
        """
        context = (await asyncio.to_thread(self.catalog)).find(before.context)
        endpoint = None if context is None else context.endpoint
        if context is not None and context.is_local:
            local = await launch.find(self.settings.runtime)
            endpoint = None if local is None else contexts.local_endpoint(local, self.settings)
        if endpoint is None or (endpoint.url, endpoint.auth) == (before.url, before.auth):
            return None
        return contexts.locked(endpoint, read_only=self.read_only)

    def key_place(self, endpoint: Endpoint) -> str:
        """Which file and setting, or which variable, an endpoint's key comes from; `""` where that is not known."""
        context = self.catalog().find(endpoint.context)
        found = None if context is None else context.won.get(Setting.AUTH)
        return "" if found is None else found.where.strip()

    async def test(self, name: str) -> str:
        """Whether another context's key opens its namespace: the namespace's name.

        Raises:
            UserError: It cannot be used, nobody answers, or the key is not accepted.
        """
        from tui.client import open_client  # a start does without it

        context = self.catalog().find(name)
        if context is None or context.endpoint is None:
            raise ConfigError((context and context.problem) or f"{name} has no address to ask.")
        async with open_client(context.endpoint) as client:
            return (await client.namespaces.list())[0]

    async def find(self, progress: Callable[[str], None]) -> Endpoint:
        """The endpoint of the chosen context.

        Args:
            progress: Told in a few words what is being done, while the local runtime starts.

        Raises:
            ConfigError: A context that does not exist or is not complete.
            UserError: The local runtime could not be started.
        """
        context = self.choice().context
        self._opened = context.name
        if context.endpoint is not None:
            return contexts.locked(context.endpoint, read_only=self.read_only)
        local = await launch.find_or_start(self.settings.runtime, progress)
        return contexts.locked(contexts.local_endpoint(local, self.settings), read_only=self.read_only)


def _stamp_of(settings: Settings) -> tuple[int, int] | None:
    """What changes with the file's content."""
    try:
        status = None if settings.file is None else settings.file.stat()
    except OSError:
        status = None
    return None if status is None else (status.st_mtime_ns, status.st_size)


async def find_endpoint(
    settings: Settings, *, context: str | None, read_only: bool, progress: Callable[[str], None]
) -> Endpoint:
    """Which platform to talk to; see `Accounts.find`."""
    return await Accounts(settings, context=context, read_only=read_only).find(progress)
