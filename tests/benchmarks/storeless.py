"""The runtime without its memory: records and log lines are dropped where they would be kept.

`python -m tests.benchmarks.storeless serve …` takes what `whisktop serve` takes. It shows what keeping costs.
"""

from tui.cli import main
from tui.runtime.invoker.run_log import RunLog
from tui.runtime.store.writer import Writer


def _forget(*_: object) -> None:
    pass


if __name__ == "__main__":
    for kept_by, method in ((Writer, "accept_unawaited"), (Writer, "finish"), (RunLog, "add")):
        assert callable(getattr(kept_by, method)), f"{kept_by.__name__} has another way to keep things now"
        setattr(kept_by, method, _forget)
    main()
