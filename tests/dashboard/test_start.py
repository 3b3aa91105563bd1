"""From start to the first row: what is said meanwhile, what is said when it fails, and how an account begins."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import connected, whisktop
from tests.running import RunningRuntime, running_runtime
from tui.config import Settings
from tui.entities.endpoint import Endpoint, Secret
from tui.errors import UserError

Progress = Callable[[str], None]


class NoRuntime(UserError):
    """The local runtime could not be started."""

    title = "The local runtime did not start"


def failing_first(endpoint: Endpoint) -> Callable[[Progress], Awaitable[Endpoint]]:
    """Finds nothing at the first try."""
    tries: list[int] = []

    async def find(progress: Progress) -> Endpoint:
        tries.append(1)
        progress("starting the local runtime")
        if len(tries) == 1:
            raise NoRuntime("Port 3233 is taken by another program.", hint="Choose another port in config.toml.")
        return endpoint

    return find


async def test_the_screen_is_there_at_once_and_says_what_is_being_done(runtime: RunningRuntime) -> None:
    async def find(progress: Progress) -> Endpoint:
        progress("starting the local runtime")
        await stage.until(lambda: "starting the local runtime" in stage.text, "the words")
        return runtime.endpoint

    async with whisktop(find) as stage:
        assert "Activations" in stage.text
        await stage.until_said("● live")


async def test_no_runtime_is_a_sentence_with_the_key_that_tries_again(runtime: RunningRuntime) -> None:
    async with whisktop(failing_first(runtime.endpoint)) as stage:
        await stage.until_said(
            "The local runtime did not start",
            "Port 3233 is taken by another program.",
            "Choose another port in config.toml.",
            "ctrl+r try again",
        )

        await stage.press("ctrl+r")

        await stage.until_said("● live")


async def test_a_wrong_key_is_said_plainly(runtime: RunningRuntime) -> None:
    stranger = replace(runtime.endpoint, auth=Secret("00000000-0000-0000-0000-000000000000:wrong"))
    async with whisktop(stranger) as stage:
        await stage.until_said("The key was not accepted", "ctrl+r try again", "✗ offline")


async def test_nobody_at_the_address_is_said_plainly() -> None:
    nobody = Endpoint(context="stage", url="http://127.0.0.1:9", auth=Secret("a:b"))
    async with whisktop(nobody) as stage:
        await stage.until_said("No answer from the platform", "127.0.0.1:9", "stage")
        await stage.press("q")
        assert stage.app.return_code == 0


async def test_an_empty_account_teaches_and_the_sample_fills_it(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as runtime:
        async with connected(runtime.endpoint) as stage:
            await stage.until_said("Every run shows up here", "load the sample", "make one from a file")
            assert "needs a trigger and an action" in stage.text
            await stage.press("3", "a")
            assert "a rule needs a trigger and an action" in stage.lines[-1]

            await stage.press("S")
            await stage.until(lambda: stage.row("my-worker-trigger", "1 rule"), "the sample")
            await stage.until(lambda: stage.row("▌", "my-worker-trigger"), "the cursor on the trigger")
            await stage.press("f")
            await stage.until_said("Fire")
            await stage.press("ctrl+s")

            await stage.until(lambda: stage.row("my-worker ", "running", "/ 2m"), "the run")
            await stage.press("4", "g")
            await stage.until_said("step 1 of 10 for nobody")


async def test_a_broken_link_is_told_and_taken_up_again_without_losing_rows(tmp_path: Path) -> None:
    endpoints: list[Endpoint] = []

    async def find(_: Progress) -> Endpoint:
        return endpoints[-1]

    with running_runtime(tmp_path) as runtime:
        endpoints.append(runtime.endpoint)
        async with whisktop(find) as stage:
            await stage.until_said("● live")
            await stage.press("S")
            await stage.until(lambda: stage.row("▌", "my-worker-trigger"), "the sample")
            await stage.press("F")
            await stage.until(lambda: stage.row("my-worker ", "running"), "the run")

            runtime.process.kill()
            runtime.process.wait()
            await stage.until_said("reconnecting", "ctrl+r try now")
            assert stage.row("my-worker-trigger", "fired")

            with running_runtime(tmp_path) as revived:
                endpoints.append(revived.endpoint)
                await stage.press("ctrl+r")
                await stage.until_said("● live")
                await stage.until(lambda: stage.row("my-worker ", "platform"), "the record of what was cut off")
                assert len([line for line in stage.lines if "my-worker-trigger    fired" in line]) == 1
                await stage.press("ctrl+q")


@pytest.mark.parametrize(
    "theme", ["whisktop-dark", "whisktop-light", "nord", "ansi-dark", "ansi-light", "no-such-theme"]
)
@pytest.mark.parametrize("glyphs", ["unicode", "ascii"])
async def test_every_theme_and_glyph_set_shows_the_same_words(runtime: RunningRuntime, theme: str, glyphs: str) -> None:
    async with connected(runtime.endpoint, theme=theme, glyphs=glyphs) as stage:
        for word in ("Actions", "Triggers", "Rules", "Activations", "guest", "live"):
            assert word in stage.text


async def test_a_remapped_key_works_and_a_clash_is_reported(runtime: RunningRuntime) -> None:
    keys = {"main.zoom": "Z", "activations.pause": "z", "main.help": "j", "no.such": "k"}
    async with connected(runtime.endpoint, settings=Settings(keys=keys), size=(200, 50)) as stage:
        await stage.until_said("lines.down", "main.help", "there is no key with the id no.such")

        await stage.press("Z")
        assert "Triggers" not in stage.text
        await stage.press("z")
        await stage.until_said("‖ paused")
