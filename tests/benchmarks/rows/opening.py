"""D6: from the key that opens a result of 1 MB or a log of 10 MB to its first lines on the screen."""

from collections.abc import Callable
from functools import partial
from statistics import median

from ..bench import Bench, Group
from ..rounds import interleave
from ..row import Measurements, Row
from ..subject import Runtime
from ..terminal import Terminal, dashboard

ROWS = (
    Row(key="D6 result", what="a 1 MB result: open to first paint", unit="ms", metric="result", must=150, aim=60),
    Row(key="D6 log", what="a 10 MB log: the same", unit="ms", metric="log", must=150, aim=60),
)
_MARKER = "the-marked-one"
_MARKED = 24
"""Line, from the start and from the end, which a full screen shows and a preview does not."""
_RESULT = f"""
function main(args) {{
  const items = {{}};
  for (let i = 0; i < args.count; i++) items['item-' + i] = i === {_MARKED} ? '{_MARKER}' : 'x'.repeat(80);
  return items;
}}
"""
_LOG = f"""
function main(args) {{
  for (let i = 0; i < args.count; i++) {{
    const marked = i === {_MARKED} || i === args.count - {_MARKED};
    console.log(marked ? '{_MARKER}' : 'page ' + i + ' of the report was rendered and stored in the usual place');
  }}
  return {{}};
}}
"""


def measure(bench: Bench) -> Measurements:
    with bench.runtime() as runtime:
        runtime.put_action("large-result", _RESULT)
        runtime.put_action("large-log", _LOG, logs=10)
        runtime.invoke("large-log", {"count": bench.scale(140_000, 1000)})
        runtime.invoke("large-result", {"count": bench.scale(9_500, 200)})
        subjects: list[Callable[[], dict[str, float]]] = [
            partial(_open, bench, runtime, "result", "large-result", "r", rows_down=0),
            partial(_open, bench, runtime, "log", "large-log", "l", rows_down=1),
        ]
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _open(bench: Bench, runtime: Runtime, metric: str, action: str, key: str, *, rows_down: int) -> dict[str, float]:
    taken = []
    for _ in range(bench.scale(3, 1)):
        with dashboard(runtime) as terminal:
            terminal.until_painted(action)
            terminal.settle(1.0)
            _go_down(terminal, rows_down)
            pressed = terminal.press(key)
            taken.append((terminal.until_painted(_MARKER) - pressed) * 1000)
    return {metric: median(taken)}


def _go_down(terminal: Terminal, rows: int) -> None:
    for _ in range(rows):
        line = terminal.cursor_line
        terminal.press("j")
        terminal.until_cursor_on(line + 1)
    terminal.settle(1.0)


GROUP = Group(ROWS, measure, is_quick=False)
