"""Makes the pictures in `screenshots/` from the real dashboard over a real runtime: `python -m tests.screenshots`.

Nothing in them is drawn by hand: a scene deploys actions, presses keys, waits for what has to be seen, and takes the
picture. `rsvg-convert` (Debian's librsvg2-bin) turns each into a PNG, and a tour into a GIF; where it is missing, SVG
files are written and no GIF. Needs the `[dev]` extra.
"""

import asyncio
import contextlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime, running_runtime
from tui.entities.limits import Limits
from tui.operations.actions import ActionDraft

FOLDER = Path(__file__).parent.parent / "screenshots"
WIDTH_PX = 1400
COLORS = 128
TOUR_WIDTH_PX = 1000
TOUR_COLORS = 48
FONT = "DejaVu Sans Mono"
FONT_SIZE_PX = 20.26
"""At which this font's letters are as wide as Textual's cells of 12.2 px, so that lines of boxes meet."""

REPORT = """\
def main(args):
    print("reading", args.get("path", "nothing"))
    rows = {"north": 1208, "south": 640}
    return {"total": rows[args["region"]]}
"""
RESIZE = """\
import time

def main(args):
    print("resizing", args.get("key", "cat.jpg"))
    time.sleep(0.2)
    return {"width": 320, "height": 200, "key": args.get("key", "cat.jpg")}
"""
STUCK = """\
import time

def main(args):
    time.sleep(60)
    return {}
"""
WORKER = """\
async function main(params) {
  const { region = "eu-west", pages = 14 } = params;

  for (let page = 1; page <= pages; page++) {
    const rows = await fetchPage(region, page);
    console.log(`fetched page ${page} of ${pages} (${rows} rows)`);
    if (page === 6) console.error("retry 1: upstream answered 503, waiting 2s");
  }
  return { status: "done", region, pages, files: [{ name: "a.csv", rows: 212 }, { name: "b.csv", rows: 208 }] };
}

function fetchPage(region, page) {
  return new Promise((resolve) => setTimeout(() => resolve(200 + ((page * 37) % 23)), 900));
}

exports.main = main;
"""


async def populate(world: World) -> None:
    """A namespace in which something has happened."""
    worker = world.folder / "my-worker.js"
    worker.write_text(WORKER)
    pages = ActionDraft(source=worker, name="my-pages", kind="nodejs:default", limits=Limits(timeout_ms=120_000))
    await world.operations.actions.create(pages)
    await world.action("nightly-report", REPORT, timeout_ms=300_000)
    await world.action("resize-image", RESIZE)
    await world.action("stuck", STUCK, timeout_ms=700)
    await world.operations.load_sample()
    await sequence(world, "ingest", ["resize-image", "nightly-report"])
    await world.operations.triggers.create("upload-done")
    await world.operations.rules.create("resize-rule", trigger="upload-done", action="resize-image")
    await world.operations.rules.create("ingest-rule", trigger="upload-done", action="ingest")
    await world.operations.rules.create("worker-rule", trigger="upload-done", action="my-pages")
    await world.operations.rules.create("audit-rule", trigger="upload-done", action="nightly-report")
    await world.operations.rules.disable("audit-rule")
    for key in ("cat.jpg", "dog.jpg", "heron.jpg"):
        await world.ran("resize-image", {"key": key})
    await world.ran("nightly-report", {"region": "north", "path": "2026-11.csv"})
    await world.ran("nightly-report", {"path": "2026-12.csv"})
    await world.ran("stuck")
    await world.operations.triggers.fire("upload-done", {"key": "2026/11/cat.jpg"})
    await world.operations.triggers.fire("my-worker-trigger", {"name": "Jane"})


async def sequence(world: World, name: str, steps: list[str]) -> None:
    components = [f"/_/{step}" for step in steps]
    await world.operations.client.actions.put(name, {"exec": {"kind": "sequence", "components": components}})


class Gallery:
    """The folder of pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._convert = shutil.which("rsvg-convert")

    def take(self, stage: Stage, name: str) -> None:
        if self._convert is None:
            (self.folder / f"{name}.svg").write_text(svg_of(stage))
        else:
            # A screen has few colours: a palette makes the file a third as large.
            picture = self.picture(stage, WIDTH_PX).quantize(COLORS, dither=Image.Dither.NONE)
            picture.save(self.folder / f"{name}.png", optimize=True)
        print(f"{name}: taken", file=sys.stderr)

    @property
    def can_convert(self) -> bool:
        return self._convert is not None

    def picture(self, stage: Stage, width_px: int) -> Image.Image:
        """What stands on the screen now."""
        assert self._convert is not None
        command = [self._convert, "-w", str(width_px)]
        done = subprocess.run(command, input=svg_of(stage).encode(), stdout=subprocess.PIPE, check=True)
        return Image.open(io.BytesIO(done.stdout)).convert("RGB")


def svg_of(stage: Stage) -> str:
    svg = stage.app.export_screenshot(title="whisktop")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S)
    svg = svg.replace("Fira Code", FONT).replace("font-size: 20px", f"font-size: {FONT_SIZE_PX}px")
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


class Film:
    """Pictures that become one GIF."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._frames: list[Image.Image] = []
        self._shown_ms: list[int] = []

    def shoot(self, stage: Stage, shown_ms: int) -> None:
        self._frames.append(self._gallery.picture(stage, TOUR_WIDTH_PX))
        self._shown_ms.append(shown_ms)

    def save(self, name: str) -> None:
        """With one palette for all, so that what stands still does not flicker."""
        width, height = self._frames[0].size
        every = Image.new("RGB", (width, height * len(self._frames)))
        for number, frame in enumerate(self._frames):
            every.paste(frame, (0, height * number))
        palette = every.quantize(TOUR_COLORS, dither=Image.Dither.NONE)
        first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self._frames)
        file = self._gallery.folder / f"{name}.gif"
        first.save(file, save_all=True, append_images=others, duration=self._shown_ms, loop=0, optimize=True)
        print(f"{name}: {len(self._frames)} frames, {file.stat().st_size // 1000} kB", file=sys.stderr)


@asynccontextmanager
async def settled(runtime: RunningRuntime, size: tuple[int, int], **options: Any) -> AsyncIterator[Stage]:
    async with connected(runtime.endpoint, size=size, **options) as stage:
        await stage.press("4", "g")
        yield stage


async def move_to(stage: Stage, word: str) -> None:
    """Go down until the cursor is on the row with `word`."""
    await stage.press("g")
    while word not in stage.row("▌"):
        await stage.press("j")


async def first_run(runtime: RunningRuntime, gallery: Gallery) -> None:
    async with settled(runtime, (120, 40)) as stage:
        await stage.until_said("load the sample")
        gallery.take(stage, "first-run")


async def tour(runtime: RunningRuntime, gallery: Gallery) -> None:
    """From nothing to a result: load the sample, fire, follow, read."""
    film = Film(gallery)
    async with connected(runtime.endpoint, size=(120, 32)) as stage:
        await stage.until_said("load the sample")
        film.shoot(stage, 2_000)
        await stage.press("S")
        await stage.until(lambda: stage.row("▌", "my-worker-trigger"), "the sample")
        film.shoot(stage, 2_000)
        await stage.press("f")
        await stage.until_said("1 active rule will answer")
        stage.app.screen.query_one("TextArea").text = '{\n  "name": "Jane"\n}'  # type: ignore[attr-defined]
        await stage.until_said("Jane")
        film.shoot(stage, 1_500)
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.row("my-worker ", "running"), "the run")
        film.shoot(stage, 1_500)
        await stage.press("enter")
        await stage.until_said("Trace", "async-rule")
        film.shoot(stage, 1_500)
        await stage.press("l")
        for step in (2, 4, 6, 8, 10):
            await stage.until_said(f"step {step} of 10")
            film.shoot(stage, 700)
        await stage.until_said("success")
        film.shoot(stage, 1_500)
        await stage.press("r")
        await stage.until_said("worker done: Jane")
        film.shoot(stage, 3_000)
    film.save("tour")


async def main_screens(runtime: RunningRuntime, gallery: Gallery) -> None:
    sizes = {"main": (120, 40), "main-80": (80, 24), "main-200": (200, 60)}
    for name, size in sizes.items():
        async with settled(runtime, size) as stage:
            await stage.until_said("running", "my-worker", "timeout")
            await stage.until(lambda s=stage: "━" in s.text, "the bar of the running job")
            gallery.take(stage, name)
    async with settled(runtime, (120, 40), theme="whisktop-light") as stage:
        await stage.until_said("running", "my-worker", "timeout")
        gallery.take(stage, "main-light")


async def forms(runtime: RunningRuntime, world: World, gallery: Gallery) -> None:
    async with settled(runtime, (120, 40)) as stage:
        await stage.press("1", "a")
        await stage.until_said("new from file")
        await stage.type("my-worker.js")
        await stage.until_said(", read")
        gallery.take(stage, "create-action")
    async with settled(runtime, (120, 40)) as stage:
        await stage.press("2")
        await stage.until_said("upload-done")
        await stage.press("g", "f")
        await stage.until_said("Payload")
        editor = stage.app.screen.query_one("TextArea")
        editor.text = '{\n  "bucket": "incoming",\n  "key": "2026/11/cat.jpg",\n  "size": 48213\n  "etag": "9f2c41"\n}'  # type: ignore[attr-defined]
        await stage.until_said("line 5, column 3")
        gallery.take(stage, "fire")


async def details(runtime: RunningRuntime, world: World, gallery: Gallery) -> None:
    fired = await world.operations.triggers.fire("upload-done", {"key": "2026/11/fox.jpg"})
    assert fired is not None
    async with settled(runtime, (120, 40)) as stage:
        await move_to(stage, fired.activation_id[:6])
        await stage.press("enter")
        await stage.until_said("Trace", "refused")
        while "my-pages" not in stage.row("▌"):
            await stage.press("j")
        await stage.press("l")
        await stage.until_said("fetched page 7 of 14", "nightly-report", "app error")
        gallery.take(stage, "trace")
        await stage.press("enter")
        await stage.until_said("fetched page 9 of 14")
        gallery.take(stage, "logs")
        await stage.until_said("success")
        await stage.press("r")
        await stage.until_said('"status": "done"')
        gallery.take(stage, "result")
    async with settled(runtime, (120, 40)) as stage:
        await stage.press("question_mark")
        await stage.until_said("type to find")
        gallery.take(stage, "help")


async def take_all(folder: Path) -> None:
    gallery = Gallery(FOLDER)
    FOLDER.mkdir(exist_ok=True)
    if gallery.can_convert:
        (folder / "tour").mkdir()
        with running_runtime(folder / "tour") as runtime:
            await tour(runtime, gallery)
    with running_runtime(folder) as runtime:
        await first_run(runtime, gallery)
        async with world_of(runtime, folder) as world:
            await populate(world)
            steps: list[Callable[[], Awaitable[None]]] = [
                lambda: main_screens(runtime, gallery),
                lambda: forms(runtime, world, gallery),
                lambda: details(runtime, world, gallery),
            ]
            for step in steps:
                await step()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="whisktop-screenshots-") as folder, contextlib.chdir(folder):
        asyncio.run(take_all(Path(folder)))


if __name__ == "__main__":
    main()
