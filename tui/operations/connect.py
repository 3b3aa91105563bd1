"""From settings to an endpoint: the one that was chosen, or the local runtime, started if need be."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tui import contexts, launch
from tui.config import Settings
from tui.contexts import Catalog, Choice, Context, Surroundings
from tui.entities.endpoint import Endpoint
from tui.errors import ConfigError

from .account import find_account


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
        self._surroundings = Surroundings(environ=environ, cwd=cwd or Path.cwd())

    def catalog(self) -> Catalog:
        """Every context there is, with where each value of it was found."""
        return contexts.find_contexts(self.settings, self._surroundings)

    def choice(self, catalog: Catalog | None = None) -> Choice:
        """The context that is open or would be opened, and why that one.

        Raises:
            ConfigError: What is named does not exist or is not complete.
        """
        return contexts.choose(self.settings, catalog or self.catalog(), self._surroundings, context=self._context)

    def use(self, name: str) -> Context:
        """From now on this one.

        Raises:
            ConfigError: There is none of that name, or it is not complete; the one before stays.
        """
        before, self._context = self._context, name
        try:
            return self.choice().context
        except Exception:
            self._context = before
            raise

    def account(self) -> Endpoint | None:
        """Whose history to show before there is a connection; `None` where nothing can be shown yet."""
        try:
            return find_account(self.settings, context=self._context)
        except ConfigError:  # it will be said when it is connected to, or there is no key yet
            return None

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
        endpoint = self.choice().context.endpoint
        if endpoint is None:
            local = await launch.find_or_start(self.settings.runtime, progress)
            endpoint = contexts.local_endpoint(local, self.settings)
        return contexts.locked(endpoint, read_only=self.read_only)


async def find_endpoint(
    settings: Settings, *, context: str | None, read_only: bool, progress: Callable[[str], None]
) -> Endpoint:
    """Which platform to talk to; see `Accounts.find`."""
    return await Accounts(settings, context=context, read_only=read_only).find(progress)
