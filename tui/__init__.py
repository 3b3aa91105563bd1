"""whisktop: a terminal dashboard for asynchronous jobs on OpenWhisk-compatible platforms."""

__version__ = "0.1.0"
