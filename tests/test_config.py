"""What the settings file, the environment and flags may say, and what is answered when they say it wrong."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tui import config
from tui.config import ContextSettings, Settings, load_settings
from tui.entities.endpoint import Secret
from tui.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a text as the settings file, with environment and flags of the test's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(variable)

    def load_text(text: str = "", *, environ: dict[str, str] | None = None, **flags: Any) -> Settings:
        file = tmp_path / "config.toml"
        file.write_text(text)
        return load_settings(flags=flags, environ={"WHISKTOP_CONFIG": str(file), **(environ or {})})

    return load_text


def uncommented_example() -> str:
    return re.sub(r"^#(?! )", "", EXAMPLE.read_text(), flags=re.MULTILINE)


def test_the_example_with_its_comments_removed_says_what_holds_without_it(load: Load) -> None:
    example = load(uncommented_example())
    defaults = load()

    assert example.runtime == defaults.runtime
    assert example.history == defaults.history
    assert example.dashboard == defaults.dashboard
    assert example.context == "local"
    context = example.contexts["example"]
    assert msgspec.structs.replace(context, apihost=None, auth=None) == ContextSettings()


def test_the_example_shows_every_setting(load: Load) -> None:
    shown = load(uncommented_example()).origins

    tables = {
        "runtime": config.RuntimeSettings,
        "history": config.HistorySettings,
        "dashboard": config.DashboardSettings,
    }
    named = {"contexts": config.ContextSettings, "filters": config.FilterSettings, "commands": config.CommandSettings}
    expected = {"context"} | {f"{table}.{field}" for table, kind in tables.items() for field in kind.__struct_fields__}
    expected |= {f"{table}.example.{field}" for table, kind in named.items() for field in kind.__struct_fields__}
    assert set(shown) == expected


def test_without_a_file_the_defaults_hold_and_say_so(tmp_path: Path) -> None:
    settings = load_settings(environ={"WHISKTOP_CONFIG": str(tmp_path / "none.toml")})

    assert (settings.runtime.host, settings.runtime.port, settings.runtime.profile) == ("127.0.0.1", 3233, "adobe")
    assert settings.runtime.data_dir.is_absolute()
    assert settings.file is None
    assert settings.origin("runtime.port") == "default"


def test_flags_win_over_environment_and_environment_over_the_file(load: Load) -> None:
    text = "[runtime]\nport = 1\nnamespace = 'a'\ndrain_s = 9\n"

    settings = load(
        text,
        environ={"WHISKTOP_RUNTIME_PORT": "2", "WHISKTOP_RUNTIME_NAMESPACE": "b"},
        **{"runtime.port": 3, "runtime.host": None},
    )

    assert (settings.runtime.port, settings.runtime.namespace, settings.runtime.drain_s) == (3, "b", 9)
    assert settings.origin("runtime.port") == "--port"
    assert settings.origin("runtime.namespace") == "WHISKTOP_RUNTIME_NAMESPACE"
    assert settings.origin("runtime.drain_s").endswith("config.toml")
    assert settings.origin("runtime.host") == "default"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("nonsense = 1\n", 1, "nonsense"),
        ("# a comment\n\n[runtime]\nprot = 3233\n", 4, "prot"),
        ("[runtime]\nport = '3233'\n", 2, "runtime.port"),
        ("[runtime]\nport = true\n", 2, "runtime.port"),
        ("[runtime]\nport = 70000\n", 2, "runtime.port"),
        ("[runtime]\nprofile = 'azure'\n", 2, "runtime.profile"),
        ("[dashboard]\nbell = 1\n", 2, "dashboard.bell"),
        ("runtime = 3\n", 1, "runtime"),
        ("[contexts]\nprod = 'x'\n", 2, "contexts.prod"),
        ("[contexts.prod]\napihost = 'h'\n\nauht = 'k'\n", 4, "auht"),
        ("[keys]\nactivations.open = 'o'\n", 2, "quotes"),
        ("[keys]\n'activations.open' = 5\n", 2, "keys.activations.open"),
        ("[commands.x]\nrun = 'rm -rf'\n", 2, "commands.x.run"),
        ('[filters.a]\nquery = """\nx\n"""\n[filters.b]\nqeury = """\ny\n"""\n', 6, "qeury"),
        ("context = 5\n", 1, "context"),
    ],
)
def test_a_wrong_line_is_named_with_file_line_and_key(load: Load, text: str, line: int, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)

    assert f"config.toml, line {line}: " in caught.value.message
    assert key in caught.value.message


def test_a_misspelt_key_is_answered_with_the_one_that_was_meant(load: Load) -> None:
    with pytest.raises(ConfigError, match="did you mean 'namespace'"):
        load("[runtime]\nnamspace = 'x'\n")


def test_a_file_that_is_no_toml_is_named_with_the_line(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml is not a TOML file: .*line 2"):
        load("[runtime]\nport 3233\n")


@pytest.mark.parametrize(
    ("variable", "text"),
    [("WHISKTOP_RUNTIME_PORT", "many"), ("WHISKTOP_RUNTIME_PROT", "1"), ("WHISKTOP_DASHBOARD_BELL", "perhaps")],
)
def test_a_wrong_variable_is_named(load: Load, variable: str, text: str) -> None:
    with pytest.raises(ConfigError, match=variable):
        load(environ={variable: text})


def test_variables_are_read_as_the_type_of_their_setting(load: Load) -> None:
    settings = load(
        environ={
            "WHISKTOP_RUNTIME_WORKERS_MAX": "auto",
            "WHISKTOP_RUNTIME_FIRES_PER_MINUTE": "60",
            "WHISKTOP_RUNTIME_DATA_DIR": "relative",
            "WHISKTOP_DASHBOARD_BELL": "yes",
            "WHISKTOP_CONTEXT": "prod",
        }
    )

    assert settings.runtime.workers_max is None
    assert settings.runtime.fires_per_minute == 60
    assert settings.runtime.data_dir == Path("relative").absolute()
    assert settings.dashboard.bell is True
    assert settings.context == "prod"


def test_a_rate_is_off_where_the_file_says_so(load: Load) -> None:
    settings = load('[runtime]\nfires_per_minute = "off"\nretention_days = "off"\n')

    assert (settings.runtime.fires_per_minute, settings.runtime.retention_days) == (None, None)


def test_a_key_in_a_context_is_never_printed_by_accident(load: Load) -> None:
    settings = load('[contexts.prod]\napihost = "h"\nauth = "uuid:hushhush"\n')

    assert settings.contexts["prod"].auth == Secret("uuid:hushhush")
    assert "hushhush" not in repr(settings)


def test_a_key_of_a_wrong_type_is_refused_without_being_shown(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load("[contexts.prod]\nauth = ['uuid:hushhush']\n")

    assert "line 2" in caught.value.message
    assert "hushhush" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(environ={"WHISKTOP_CONFIG": str(tmp_path)})
