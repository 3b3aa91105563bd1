"""On what, and when, a table was made."""

import os
import platform
import subprocess
import time
from pathlib import Path

import tui


def describe(node: str | None) -> str:
    """One line: cores, processor, memory, system, versions, date."""
    parts = [
        time.strftime("%Y-%m-%d"),
        f"{os.cpu_count()} × {_processor()}",
        _memory(),
        f"{platform.system()} {platform.release().partition('-')[0]}",
        f"Python {platform.python_version()}",
        f"Node.js {_node_version(node)}" if node else "no Node.js",
        f"whisktop {tui.__version__}",
    ]
    return ", ".join(part for part in parts if part)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{total / 2**30:.0f} GB"


def _node_version(node: str) -> str:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip().removeprefix("v")
