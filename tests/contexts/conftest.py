"""A home and a project of the test's own, into which sample files of other programs are put."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tui.config import Settings, load_settings
from tui.contexts import Catalog, Choice, Context, Surroundings, choose, find_contexts

SAMPLES = Path(__file__).parents[1] / "data" / "accounts"
_PLACES = {
    "dot-wskprops": ".wskprops",
    "dot-env": "work/shop/.env",
    "dot-aio": "work/shop/.aio",
    "aio": ".config/aio",
    "doctl-credentials.json": ".config/doctl/sandbox/creds/3c1a9d02/credentials.json",
    "ops-config.json": ".ops/config.json",
}


@dataclass
class Machine:
    """A user's machine, as far as contexts look at it."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        return self.home / "work" / "shop"

    def put(self, *samples: str) -> None:
        """Copy samples to where their programs keep them."""
        for sample in samples:
            self.write(_PLACES[sample], (SAMPLES / sample).read_text())

    def put_all(self) -> None:
        self.put(*_PLACES)

    def write(self, path: str, text: str) -> Path:
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(environ={"HOME": str(self.home), **self.environ}, cwd=self.project)

    def catalog(self, config: str = "") -> Catalog:
        return self._look(config)[0]

    def choice(self, config: str = "", *, context: str | None = None) -> Choice:
        catalog, settings = self._look(config)
        return choose(settings, catalog, self.surroundings, context=context)

    def _look(self, config: str) -> tuple[Catalog, Settings]:
        file = self.write(".config/whisktop/config.toml", config)
        settings = load_settings(environ={"WHISKTOP_CONFIG": str(file), **self.environ})
        return find_contexts(settings, self.surroundings), settings


def found(catalog: Catalog, name: str) -> Context:
    context = catalog.find(name)
    assert context is not None, [each.name for each in catalog.contexts]
    return context


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.project.mkdir(parents=True)
    return machine
