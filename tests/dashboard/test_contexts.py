"""Contexts on the screen: what each is, switching in place, and the lock."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import Stage
from tests.platform import Platform, serving
from tests.running import RunningRuntime
from tui.config import load_settings
from tui.dashboard.app import WhisktopApp
from tui.dashboard.screens import copying
from tui.operations import open_operations
from tui.operations.connect import Accounts

SIZE = (140, 40)


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A remote platform with nothing but one trigger."""
    with serving() as platform:
        platform.furnish()
        yield platform


@pytest.fixture
def config(runtime: RunningRuntime, platform: Platform, own_folders: Path) -> Path:
    file = own_folders / "config.toml"
    file.write_text(
        f'context = "here"\n[contexts.here]\napihost = "{runtime.url}"\nauth = "{runtime.auth}"\ncolor = "purple"\n'
        f'[contexts.there]\napihost = "{platform.url}"\nauth = "u:there-secret-word"\nproduction = true\n'
        'read_only = true\npoll_min_s = 0.2\npoll_max_s = 1\n[contexts.half]\napihost = "half.example"\n'
    )
    (own_folders / ".wskprops").write_text("APIHOST=https://ow.dev.example\nAUTH=11112222-3333:props-secret-word\n")
    return file


@asynccontextmanager
async def opened(own_folders: Path, *, read_only: bool = False) -> AsyncIterator[Stage]:
    settings = load_settings(environ={"WHISKTOP_CONFIG": str(own_folders / "config.toml")})
    settings = replace(settings, dashboard=replace(settings.dashboard, glyphs="unicode"))
    environ = {"HOME": str(own_folders)}
    accounts = Accounts(settings, context=None, read_only=read_only, environ=environ, cwd=own_folders)
    app = WhisktopApp(settings, accounts.find, accounts.account, accounts)
    async with app.run_test(size=SIZE) as pilot:
        stage = Stage(app, pilot)
        await stage.until_said("● live")
        yield stage


async def test_every_context_is_listed_with_where_its_values_came_from(own_folders: Path, config: Path) -> None:
    async with opened(own_folders) as stage:
        await stage.press("c")
        await stage.until(lambda: stage.row("●", "here", "whisktop") or stage.row("●", "here"), "the open one")

        assert stage.row("there", "PROD", "▣")
        assert stage.row("half", "not complete")
        assert stage.row("wskprops", "ow.dev.example", "1111…", "./.wskprops")
        await stage.until_said("tells events", "200 records a page")
        assert stage.row("key", "contexts.here.auth")

        await stage.press("G")
        assert stage.row("key", "./.wskprops AUTH")
        assert "props-secret-word" not in stage.text
        await stage.press("V")
        assert "11112222-3333:props-secret-word" in stage.text
        await stage.press("V")
        assert "props-secret-word" not in stage.text

        await stage.press("g")
        assert stage.row("▌", "local")
        assert "endpoint.json" in stage.text


async def test_an_account_is_copied_without_its_key_unless_that_is_asked_for(
    own_folders: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(copying, "copy_text", lambda text: copied.append(text) or "a tool")
    monkeypatch.chdir(own_folders)
    async with opened(own_folders) as stage:
        await stage.press("c", "G")
        await stage.until(lambda: stage.row("▌", "wskprops"), "the account")
        await stage.press("y")
        await stage.type("wsk:")
        await stage.press("enter")
        await stage.until_said("copied with a tool")
        await stage.press("y")
        await stage.type("keys")
        await stage.press("enter")
        await stage.type("shell")
        await stage.press("enter")
        await stage.until(lambda: len(copied) == 2, "the second copy")
        await stage.press("ctrl+s", "enter")
        await stage.until_said("saved")

    assert copied[0] == 'wsk property set --apihost https://ow.dev.example --auth "$WHISK_AUTH"'
    assert "export WHISK_AUTH=11112222-3333:props-secret-word" in copied[1].splitlines()
    assert "AUTH=11112222-3333:props-secret-word" in (own_folders / "wskprops.wskprops").read_text()


async def test_a_context_that_is_not_complete_says_why_it_cannot_be_opened(own_folders: Path, config: Path) -> None:
    async with opened(own_folders) as stage:
        await stage.press("c")
        await stage.until_said("half")
        await stage.press("j", "j")
        await stage.until(lambda: stage.row("2", "half"), "the facts")
        await stage.press("enter")

        assert "[contexts.half] has no auth" in stage.lines[-1]


async def test_switching_brings_another_feed_other_lists_and_back_again(
    runtime: RunningRuntime, own_folders: Path, config: Path
) -> None:
    async with open_operations(runtime.endpoint) as operations:
        await operations.triggers.create("close-by")
    async with opened(own_folders) as stage:
        await stage.until_said("close-by")
        await stage.press("c")
        await stage.until_said("there")
        await stage.press("j", "enter")

        await stage.until_said("PROD there", "▣ read-only", "polling", "far-away")
        assert "close-by" not in stage.text
        assert "here ▸" not in stage.lines[0]

        await stage.press("colon")
        await stage.type("ctx here")
        await stage.press("enter")
        await stage.until_said("here ▸ guest", "● live", "close-by")
        assert "far-away" not in stage.text
        assert "PROD" not in stage.lines[0]


async def test_a_key_can_be_tried_before_its_context_is_opened(
    own_folders: Path, config: Path, platform: Platform
) -> None:
    async with opened(own_folders) as stage:
        await stage.press("c")
        await stage.until_said("there")
        await stage.press("j", "t")
        await stage.until_said("opens the namespace guest")

        platform.answers["GET /api/v1/namespaces"] = (401, {"error": "no", "code": "c"})
        await stage.press("t")
        await stage.until_said("The platform does not know this key.")


async def test_the_lock_closes_at_once_and_opens_when_asked_twice(own_folders: Path, config: Path) -> None:
    async with opened(own_folders) as stage:
        await stage.press("R")
        await stage.until(lambda: "▣ read-only" in stage.lines[0], "the lock")
        await stage.press("2", "a")
        assert "R unlocks" in stage.lines[-1]

        await stage.press("R")
        await stage.until_said("Unlock here?")
        await stage.press("escape")
        assert "▣ read-only" in stage.lines[0]

        await stage.press("R")
        await stage.until_said("Unlock here?")
        await stage.press("y")
        await stage.until(lambda: "read-only" not in stage.lines[0], "the open lock")
        assert not stage.operations.endpoint.read_only


async def test_production_is_unlocked_by_its_name(own_folders: Path, config: Path, platform: Platform) -> None:
    async with opened(own_folders) as stage:
        stage.app.switch_to("there")  # type: ignore[attr-defined]
        await stage.until_said("PROD there", "far-away")
        await stage.press("R")
        await stage.until_said("Type there to go on")
        await stage.type("their")
        await stage.press("enter")
        assert "▣ read-only" in stage.lines[0]
        await stage.press("backspace", "backspace")
        await stage.type("re")
        await stage.press("enter")

        await stage.until(lambda: "▣ read-only" not in stage.lines[0], "the open lock")
    assert not [asked for asked in platform.asked if not asked.startswith("GET")]


async def test_a_session_that_was_started_read_only_stays_so(own_folders: Path, config: Path) -> None:
    async with opened(own_folders, read_only=True) as stage:
        assert "▣ read-only" in stage.lines[0]
        await stage.press("R")

        await stage.until_said("started with --read-only")
        assert stage.operations.endpoint.read_only
