"""Settings: TOML, environment and flags turned into frozen values, each knowing where it came from.

Flags win over environment (`WHISKTOP_RUNTIME_PORT` for `[runtime] port`), environment over the file, the file over the
defaults of `tables`. An unknown key or a wrong type is a `ConfigError` that names file, line and key. The file is
`config.toml` in the user's config folder, or what `WHISKTOP_CONFIG` names; without one the defaults hold.
`config.example.toml` shows every setting.
"""

from .reader import config_path, load_settings
from .tables import (
    ColorName,
    CommandSettings,
    ContextSettings,
    DashboardSettings,
    Durability,
    FilterSettings,
    Glyphs,
    HistorySettings,
    Keymap,
    Profile,
    RuntimeSettings,
    Sandbox,
    Settings,
    default_data_dir,
)

__all__ = [
    "ColorName",
    "CommandSettings",
    "ContextSettings",
    "DashboardSettings",
    "Durability",
    "FilterSettings",
    "Glyphs",
    "HistorySettings",
    "Keymap",
    "Profile",
    "RuntimeSettings",
    "Sandbox",
    "Settings",
    "config_path",
    "default_data_dir",
    "load_settings",
]
