"""`python -m tui.runtime`: serve with the settings of the configuration, without the command line around it."""

import sys

from tui.config import RuntimeSettings

from .start import serve


def main() -> int:
    """Until a signal ends it."""
    return serve(RuntimeSettings(idle_exit_s=0), on_ready=lambda url: print(f"ready {url}", flush=True))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
