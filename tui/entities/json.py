"""Plain JSON: parameters, payloads and results have no schema of ours to obey."""

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""Whatever `json.loads` gives: `None`, `bool`, `int`, `float`, `str`, a list or a dict of these."""

JsonObject: TypeAlias = dict[str, Any]
