"""Everything that may be done on one connected endpoint, by what it is done to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.client import Client, open_client
from tui.entities.endpoint import Endpoint
from tui.entities.limits import NamespaceLimits
from tui.entities.names import OWN_NAMESPACE
from tui.errors import UserError

from .actions import ActionOperations
from .activation_feed import ActivationFeed
from .activations import ActivationOperations
from .capabilities import Capabilities, probe
from .deletion import Deletion
from .packages import PackageOperations
from .platform import PlatformInfo, find_program, load_platform
from .rules import RuleOperations
from .sample import SampleLoaded, load_sample
from .triggers import TriggerOperations
from .wiring import Wiring, load_wiring


class Operations:
    """Everything that may be done on one connected endpoint. Made by `open_operations`."""

    def __init__(self, client: Client, platform: PlatformInfo) -> None:
        self.client = client
        self.platform = platform
        self._capabilities: Capabilities | None = None
        self.actions = ActionOperations(client, platform)
        self.triggers = TriggerOperations(client)
        self.rules = RuleOperations(client)
        self.packages = PackageOperations(client)
        self.deletion = Deletion(client)
        self.activations = ActivationOperations(client, live=platform.live)

    @property
    def endpoint(self) -> Endpoint:
        """With the namespace that the platform named, and `read_only` as it is now."""
        return self.client.endpoint

    def lock(self) -> None:
        """Refuse every write from now on."""
        self.client.lock.lock()

    def unlock(self) -> None:
        """
        Raises:
            ReadOnly: The session was started read-only.
        """
        self.client.lock.unlock()

    def activation_feed(
        self,
        *,
        since_ms: int | None = None,
        resumes: bool = False,
        poll_min_s: float | None = None,
        poll_max_s: float | None = None,
    ) -> ActivationFeed:
        """A feed of its own.

        Args:
            since_ms: Begin with what started since then, by the platform's clock; `None`: with the newest page.
            resumes: An earlier feed told everything that had ended by `since_ms`: begin also with what started before,
                and ended after.
            poll_min_s: Where it has to be asked: the pause between two looks while something is in flight,
                `poll_max_s` when nothing happens; `None`: as the context says.
        """
        return ActivationFeed(
            self.client,
            live=self.platform.live,
            since_ms=since_ms,
            resumes=resumes,
            bounds=self.platform.bounds,
            poll_min_s=self.endpoint.poll_min_s if poll_min_s is None else poll_min_s,
            poll_max_s=self.endpoint.poll_max_s if poll_max_s is None else poll_max_s,
        )

    async def capabilities(self) -> Capabilities:
        """What this platform can do beside what every one can; asked once.

        Raises:
            Unreachable: It does not answer any more.
        """
        if self._capabilities is None:
            self._capabilities = await probe(self.client, self.platform)
        return self._capabilities

    def now_ms(self) -> int:
        """Milliseconds since the epoch, by the platform's clock."""
        return self.client.clock.now_ms()

    async def load_wiring(self) -> Wiring:
        """What uses what, as it is now."""
        return await load_wiring(self.client, self.actions)

    async def program_of(self, kind: str) -> str | None:
        """What runs actions of `kind` here, such as `Node.js 20.20.2`: told by the local runtime alone."""
        if not self.platform.live:
            return None
        try:
            return find_program(await self.client.live.status(), kind)
        except UserError:  # nothing depends on it
            return None

    async def load_sample(self) -> SampleLoaded:
        """Create what is missing of the worked sample."""
        return await load_sample(self.client, self.platform)


@asynccontextmanager
async def open_operations(endpoint: Endpoint) -> AsyncIterator[Operations]:
    """Connect: ask whose key it is and what the platform can do.

    Raises:
        Unauthorized: The key opens no namespace.
        Unreachable: Nobody answers.
        ConfigError: The address or a certificate file cannot be used.
    """
    async with open_client(endpoint) as client:
        namespaces = await client.namespaces.list()
        if endpoint.namespace == OWN_NAMESPACE:
            client = client.for_namespace(namespaces[0])
        yield Operations(client, await load_platform(client))


def unconnected_operations(endpoint: Endpoint) -> Operations:
    """For screens that show what was seen before while nobody answers: whatever they ask for fails."""
    from tui.client.unconnected import unconnected_client

    info = PlatformInfo(live=False, version=None, limits=NamespaceLimits.from_json({}), kinds=())
    return Operations(unconnected_client(endpoint), info)
