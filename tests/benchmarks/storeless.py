"""The runtime without its memory: records and log lines are dropped where they would be kept.

`python -m tests.benchmarks.storeless serve …` takes what `whisktop serve` takes. It shows what keeping costs.
"""

from tui.cli import main
from tui.runtime.invoker.run_log import RunLog
from tui.runtime.store.queue import Accepted
from tui.runtime.store.records import Record
from tui.runtime.store.writer import Writer


def _forget_run(writer: Writer, run: Accepted) -> None:
    pass


def _forget_record(writer: Writer, record: Record) -> None:
    pass


def _forget_lines(log: RunLog, chunk: bytes, output_bytes: int) -> None:
    pass


if __name__ == "__main__":
    Writer.accept_unawaited = _forget_run  # type: ignore[method-assign]
    Writer.finish = _forget_record  # type: ignore[method-assign]
    RunLog.add = _forget_lines  # type: ignore[method-assign]
    main()
