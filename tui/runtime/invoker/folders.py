"""The workers' folders: made under one parent, removed when the worker is gone, without holding up the event loop."""

import asyncio
import contextlib
import secrets
import shutil
from pathlib import Path
from typing import Protocol


class Companions(Protocol):
    """What exists beside the folders, named like them."""

    async def remove(self, folder: Path) -> None: ...

    async def remove_all(self) -> None: ...


class WorkFolders:
    """Names begin with a mark of this pool, by which processes are found again: see `warden`."""

    def __init__(self, root: Path, companions: Companions | None = None) -> None:
        self.root = root
        self._companions = companions
        self.mark = f"worker-{secrets.token_hex(8)}"
        self._retired: asyncio.Queue[Path] = asyncio.Queue()

    def new(self) -> Path:
        return self.root / f"{self.mark}-{secrets.token_hex(4)}"

    def retire(self, folder: Path) -> None:
        self._retired.put_nowait(folder)

    async def remove_retired(self) -> None:
        """Runs as long as the pool."""
        while True:
            folder = await self._retired.get()
            if self._companions is not None:
                await self._companions.remove(folder)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def clear(self) -> None:
        """Remove all there is; an earlier runtime may have left some."""
        if self._companions is not None:
            await self._companions.remove_all()
        await asyncio.to_thread(_clear, self.root)


def _clear(root: Path) -> None:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in root.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                entry.unlink()
