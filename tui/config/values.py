"""What may stand for a setting: TOML's values and texts of the environment, as the type that the setting has."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from tui.entities.endpoint import Secret
from tui.errors import ConfigError

_NOT_SET_WORDS = ("auto", "off")
"""How a number that is not set is written, since TOML has no null; for a text it is `""`."""
_PATHS = {"data_dir", "ca_file", "cert_file", "key_file"}


def types_of(kind: type) -> dict[str, Any]:
    """By the name of the setting; with its bound, where there is one, as `checked` takes it."""
    return get_type_hints(kind, include_extras=True)


def checked(name: str, hint: Any, value: Any, where: str) -> Any:
    """`value` as the type of the setting `name`, or a `ConfigError` that begins with `where`."""
    if get_origin(hint) is Annotated:
        hint, bound = get_args(hint)
        allowed = checked(name, hint, value, where)
        if complaint := bound(allowed):
            raise ConfigError(f"{where} {complaint}, not {value!r}")
        return allowed
    options = get_args(hint)
    optional = type(None) in options
    plain = next((option for option in options if option is not type(None)), hint) if optional else hint
    if optional and (value in (None, "") or (plain in (int, float) and value in _NOT_SET_WORDS)):
        return None
    if get_origin(plain) is Literal:
        allowed = get_args(plain)
        if value not in allowed:
            raise ConfigError(f"{where} has to be one of {', '.join(map(str, allowed))}, not {value!r}")
        return value
    converted = _converted(plain, name, value)
    if converted is None:
        raise ConfigError(f"{where} has to be {_TYPE_WORDS[plain]}, not {_shown(value, plain)}")
    return converted


_TYPE_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    Secret: "a text",
    tuple[str, ...]: "a list of texts",
}


def _converted(plain: Any, name: str, value: Any) -> Any:
    """`value` as the type a setting has; `None` if it is of another type."""
    if plain is bool:
        return value if isinstance(value, bool) else None
    if plain is int:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if plain is float:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if plain == tuple[str, ...]:
        return tuple(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
    if plain is Path and isinstance(value, Path):
        return value.expanduser().absolute()
    if not isinstance(value, str):
        return None
    if plain is Secret:
        return Secret(value)
    expanded = Path(value).expanduser() if name in _PATHS else None
    if plain is Path:
        return Path(value).expanduser().absolute()
    return str(expanded) if expanded is not None else value


def _shown(value: Any, plain: Any) -> str:
    return type(value).__name__ if plain is Secret else repr(value)


def from_text(text: str, hint: Any) -> Any:
    """What a flag or a variable means for a setting of this type; what does not parse stays text and is refused."""
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    types = get_args(bare) or (bare,)
    lowered = text.strip().lower()
    if bool in types and lowered in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        return lowered in ("true", "yes", "on", "1")
    for number in (int, float):
        if number in types:
            try:
                return number(text)
            except ValueError:
                continue
    return text
