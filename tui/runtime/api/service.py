"""What the server says about itself, without credentials."""

from tui.entities.json import JsonObject
from tui.entities.kinds import family_of, needs_main
from tui.entities.limits import MAX_SEQUENCE_LENGTH, NO_RATE_LIMIT
from tui.entities.live import LIVE_PATH

from ..controller.controller import Controller
from .answers import TEXT, Answer, json_answer
from .call import Call

_MB = 1024 * 1024


async def ping(call: Call) -> Answer:
    return Answer(200, b"pong", TEXT)


async def root(call: Call) -> Answer:
    """Limits and runtimes in OpenWhisk's shape; under `whisktop` where the live capability is."""
    controller = call.controller
    return json_answer(
        {
            "description": "OpenWhisk",
            "support": {
                "github": "https://github.com/apache/openwhisk/issues",
                "slack": "http://slack.openwhisk.org",
            },
            "api_paths": ["/api/v1"],
            "limits": enforced_limits(controller),
            "runtimes": _runtimes(controller),
            "whisktop": {"live": LIVE_PATH, "version": controller.version, "instance": controller.instance},
        }
    )


async def api(call: Call) -> Answer:
    return json_answer(
        {
            "description": "OpenWhisk API",
            "api_version": "1.0.0",
            "api_version_path": "v1",
            "build": call.controller.version,
            "buildno": call.controller.version,
            "swagger_paths": {"ui": "/docs", "api-docs": "/api-docs"},
        }
    )


def enforced_limits(controller: Controller) -> JsonObject:
    bounds, settings = controller.bounds, controller.settings
    enforced = {
        "min_action_duration": bounds.min_timeout_ms,
        "max_action_duration": bounds.max_timeout_ms,
        "min_action_memory": bounds.min_memory_mb * _MB,
        "max_action_memory": bounds.max_memory_mb * _MB,
        "min_action_logs": bounds.min_logs_mb * _MB,
        "max_action_logs": bounds.max_logs_mb * _MB,
    }
    return {
        "actions_per_minute": settings.invocations_per_minute or NO_RATE_LIMIT,
        "triggers_per_minute": settings.fires_per_minute or NO_RATE_LIMIT,
        "concurrent_actions": settings.concurrent_invocations or NO_RATE_LIMIT,
        "sequence_length": MAX_SEQUENCE_LENGTH,
        **{f"default_{name}": value for name, value in enforced.items()},
        **enforced,
    }


def _runtimes(controller: Controller) -> JsonObject:
    """By family; the first kind found is the one that `default` means."""
    families: dict[str, list[JsonObject]] = {}
    for interpreter in controller.interpreters.found:
        of_family = families.setdefault(family_of(interpreter.kind), [])
        of_family.append(
            {
                "kind": interpreter.kind,
                "image": interpreter.image or f"local/{interpreter.family}:{interpreter.version}",
                "deprecated": False,
                "default": not of_family,
                "attached": True,
                "requireMain": needs_main(interpreter.kind),
            }
        )
    return families
