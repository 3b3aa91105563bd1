"""How commands end other than well: exit codes, and what is raised for them."""

EXIT_FAILED = 1
"""The job, or any branch of it, failed."""
EXIT_CONFIG = 2
"""Settings, or files that they lead to, cannot be used."""
EXIT_BUG = 70
"""A defect of our own, so that no script takes it for a job that failed."""
EXIT_TIMEOUT = 124
EXIT_INTERRUPTED = 130


class OutputClosed(Exception):
    """Nobody reads stdout any more. (Not a `BrokenPipeError`: click would end the process with code 1 on that.)"""


class Interrupted(Exception):
    """A signal asked us to end. (Not a `KeyboardInterrupt`: click would write to stderr on that.)"""
