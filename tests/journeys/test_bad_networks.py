"""Days on a bad network, by key press: it is said what is wrong, every key works, and nothing is missing afterwards."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.stage import Stage
from tests.platform import DOWN, PAGE, SILENT, THROTTLED, Platform, Trouble, serving
from tests.running import running_runtime
from tui.client.client import HttpClient
from tui.config import load_settings
from tui.dashboard.app import WhisktopApp
from tui.operations.connect import Accounts

SAID_WITHIN_S = 6.0
"""Three, and as many for a machine with other things to do."""
KEY_WITHIN_S = 2.0
"""Generous to a loaded machine; a key that waited for the platform would take far longer."""


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """A remote platform that is soon given up waiting for."""
    monkeypatch.setitem(HttpClient.send.__kwdefaults__, "answer_timeout_s", 1.0)  # type: ignore[arg-type]
    with serving() as platform:
        platform.furnish()
        yield platform


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return home


def wskprops(home: Path, platform: Platform, auth: str) -> None:
    (home / ".wskprops").write_text(f"APIHOST={platform.url}\nAUTH={auth}\nNAMESPACE=guest\n")


@asynccontextmanager
async def opened(home: Path, config: str = "", *, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Stage]:
    """The dashboard as it opens in the folder `home`."""
    (home / "config.toml").write_text(config)
    settings = load_settings(environ={"WHISKTOP_CONFIG": str(home / "config.toml")})
    accounts = Accounts(settings, context=None, read_only=False, environ={"HOME": str(home)}, cwd=home)
    app = WhisktopApp(settings, accounts.find, accounts.account, accounts)
    async with app.run_test(size=size) as pilot:
        yield Stage(app, pilot)


def context_of(platform: Platform, auth: str = 'auth = "u:k"') -> str:
    """Settings that open the platform."""
    return f'context = "far"\n[contexts.far]\napihost = "{platform.url}"\n{auth}\npoll_min_s = 0.2\npoll_max_s = 1\n'


async def pressed_at_once(stage: Stage, *keys: str) -> None:
    """Every one of these is answered whatever the platform does."""
    for key in keys:
        began = time.monotonic()
        await stage.press(key)
        assert time.monotonic() - began < KEY_WITHIN_S, key


def ids(stage: Stage) -> list[str]:
    return [entry.activation_id for entry in stage.book.newest_first()]


def brightness(stage: Stage, word: str) -> float:
    """Of the first letters with this word in them."""
    for strip in stage.app.screen._compositor.render_strips():
        for segment in strip:
            if word in segment.text and segment.style and segment.style.color:
                triplet: Any = segment.style.color.get_truecolor()
                return float(sum(triplet))
    raise AssertionError(f"{word} is not on the screen")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (THROTTLED, "Not now."),
        (DOWN, "Not now."),
        (PAGE, "perhaps a login of this network"),
        (SILENT, "did not answer GET /api/v1/namespaces/guest/"),
        (None, "connection refused"),
    ],
    ids=["throttled", "down", "page", "silent", "gone"],
)
async def test_whatever_is_wrong_is_said_keys_work_and_the_feed_is_complete_afterwards(
    home: Path, platform: Platform, trouble: Trouble | None, said: str
) -> None:
    platform.skew_ms = 90_000
    port = int(platform.url.rpartition(":")[2])
    before = platform.run("before")
    async with opened(home, context_of(platform)) as stage:
        await stage.until_said("polling", "far-away", "before")
        bright = brightness(stage, "far-away")

        if trouble is None:
            platform.close()
        else:
            platform.trouble = trouble
        await stage.until_said("as of", "Nothing after", said)
        assert "reconnecting" in stage.lines[0] or "offline since" in stage.lines[0]
        assert brightness(stage, "far-away") < bright
        missed = [platform.run("meanwhile") for _ in range(3)]
        await pressed_at_once(stage, "1", "j", "4", "g", "enter", "escape", "question_mark", "escape", "z", "z")
        assert stage.row("before", "success")

        platform.trouble = None
        if trouble is None:
            platform.open(port)
        await stage.until_said("polling", "meanwhile")
        await stage.until(lambda: set(missed) <= set(ids(stage)), "what was missed")
        assert sorted(ids(stage)) == sorted([before, *missed])
        assert "as of" not in stage.text
        assert brightness(stage, "far-away") == bright


@contextmanager
def black_hole(port: int) -> Iterator[None]:
    """Nobody answers there, not even that nobody does: connections are neither made nor refused."""
    with ExitStack() as held:
        full = held.enter_context(socket.socket())
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind(("127.0.0.1", port))
        full.listen(0)
        for _ in range(3):  # more than may wait to be accepted
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield


async def test_a_network_that_swallows_everything_is_said_within_seconds(home: Path, platform: Platform) -> None:
    port = int(platform.url.rpartition(":")[2])
    platform.run("before")
    async with opened(home, context_of(platform)) as stage:
        await stage.until_said("polling", "far-away", "before")
        platform.close()
        with black_hole(port):
            began = time.monotonic()
            await stage.until_said("reconnecting", "as of", "Nothing after")
            said_after_s = time.monotonic() - began
            await pressed_at_once(stage, "1", "4", "z", "z", "c", "escape", "enter", "escape", "ctrl+r")
            missed = platform.run("meanwhile")
        platform.open(port)
        await stage.until_said("polling", "meanwhile")
        assert missed in ids(stage)

    assert said_after_s < SAID_WITHIN_S


async def test_a_key_that_expires_is_said_with_its_file_and_a_new_one_there_is_taken(
    home: Path, platform: Platform
) -> None:
    platform.key = "u:old-secret-word"
    wskprops(home, platform, platform.key)
    async with opened(home, context_of(platform, auth="")) as stage:
        platform.run("before")
        await stage.until_said("polling", "before", "far-away")

        platform.key = "u:new-secret-word"
        await stage.until_said("The platform does not know this key.", "./.wskprops AUTH", "offline", "as of")
        await pressed_at_once(stage, "1", "4", "g")

        platform.run("meanwhile")
        wskprops(home, platform, platform.key)
        await stage.until_said("polling", "meanwhile", "before")
        assert "does not know this key" not in stage.text
        assert "secret-word" not in stage.text


async def test_a_platform_that_no_longer_allows_to_look_is_told_and_tried_again_by_key(
    home: Path, platform: Platform
) -> None:
    async with opened(home, context_of(platform)) as stage:
        platform.run("before")
        await stage.until_said("polling", "before", "far-away")

        platform.trouble = Trouble(status=403)
        await stage.until_said("offline", "Not now.", "before")
        platform.trouble = None
        await stage.press("ctrl+r")
        await stage.until_said("polling", "before", "far-away")


async def test_a_key_that_is_wrong_from_the_start_is_taken_as_soon_as_it_is_mended(
    home: Path, platform: Platform
) -> None:
    platform.key = "u:right"
    wskprops(home, platform, "u:wrong")
    async with opened(home) as stage:
        await stage.until_said("The key was not accepted", "./.wskprops AUTH")

        (home / ".aio").write_text('{"runtime": {"auth": "u:another"}}')  # found first, and not what is open
        wskprops(home, platform, platform.key)
        await stage.until_said("polling", "far-away")


async def test_a_platform_that_moved_is_found_where_its_file_says(home: Path, platform: Platform) -> None:
    async with opened(home, context_of(platform)) as stage:
        platform.run("before")
        await stage.until_said("polling", "before", "far-away")
        platform.move()
        await stage.until_said("reconnecting")

        platform.run("meanwhile")
        (home / "config.toml").write_text(context_of(platform))
        await stage.until_said("polling", "meanwhile", platform.url.removeprefix("http://"))


async def test_the_local_runtime_is_found_at_another_port(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "local"
    folder.mkdir()
    with running_runtime(folder) as first:
        async with opened(home, f'[runtime]\ndata_dir = "{first.data_dir}"\n') as stage:
            await stage.until_said("● live", first.url.removeprefix("http://"))
            first.process.kill()
            await asyncio.to_thread(first.process.wait)
            await stage.until_said("reconnecting")
            await pressed_at_once(stage, "1", "4")

            with running_runtime(folder) as second:
                await stage.until_said("● live", second.url.removeprefix("http://"))
                await stage.press("ctrl+q")


async def test_contexts_are_switched_while_one_is_out_of_reach(
    home: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(host: str, *rest: Any, **more: Any) -> Any:
        if host == "nowhere.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *rest, **more)

    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    lost = '[contexts.lost]\napihost = "http://nowhere.example:80"\nauth = "u:k"\n'
    async with opened(home, context_of(platform) + lost) as stage:
        await stage.until_said("polling", "far-away")

        await pressed_at_once(stage, "colon")
        await stage.type("ctx lost")
        await stage.press("enter")
        await stage.until_said("name or service not known", "lost")
        assert "far-away" not in stage.text
        await pressed_at_once(stage, "1", "4", "c")
        await stage.until_said("nowhere.example")
        await stage.press("escape", "colon")
        await stage.type("ctx far")
        await stage.press("enter")
        await stage.until_said("polling", "far-away")
