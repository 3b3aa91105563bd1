"""`whisktop` without a command. It is started most, and by hand: nothing is loaded here that reads command lines."""

from __future__ import annotations

import gc
import sys


def has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_dashboard(*, context: str | None = None, read_only: bool = False) -> int:
    """Run the dashboard until the user quits; gives the exit code.

    Raises:
        ConfigError: Settings cannot be used.
    """
    gc.disable()  # a tenth of the start would go into looking for garbage; the dashboard switches it on when painted
    from tui.config import load_settings
    from tui.dashboard.app import WhisktopApp
    from tui.operations.connect import Accounts

    settings = load_settings(flags={})
    accounts = Accounts(settings, context=context, read_only=read_only)
    app = WhisktopApp(settings, accounts.find, accounts.account, accounts)
    app.run()
    return app.return_code or 0
