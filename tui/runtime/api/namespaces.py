"""`/namespaces` and the limits in force."""

from tui.entities.limits import MAX_PARAMETERS_BYTES, NO_RATE_LIMIT

from .. import messages
from ..faults import BadRequest
from .answers import Answer, json_answer
from .auth import authorize
from .call import Call
from .names import namespace_of


async def list_all(call: Call) -> Answer:
    """Exactly the caller's own."""
    return json_answer([call.identity.namespace])


async def get_limits(call: Call) -> Answer:
    authorize(call, namespace_of(call))
    bounds, settings = call.controller.bounds, call.controller.settings
    return json_answer(
        {
            "invocationsPerMinute": settings.invocations_per_minute or NO_RATE_LIMIT,
            "concurrentInvocations": settings.concurrent_invocations or NO_RATE_LIMIT,
            "firesPerMinute": settings.fires_per_minute or NO_RATE_LIMIT,
            "minActionMemory": bounds.min_memory_mb,
            "maxActionMemory": bounds.max_memory_mb,
            "minActionLogs": bounds.min_logs_mb,
            "maxActionLogs": bounds.max_logs_mb,
            "minActionTimeout": bounds.min_timeout_ms,
            "maxActionTimeout": bounds.max_timeout_ms,
            "minActionConcurrency": bounds.min_concurrency,
            "maxActionConcurrency": bounds.max_concurrency,
            "maxParameterSize": f"{MAX_PARAMETERS_BYTES} B",
            "maxActionInstances": settings.concurrent_invocations or NO_RATE_LIMIT,
        }
    )


async def refuse_inner_limits(call: Call) -> Answer:
    raise BadRequest(messages.INNER_LIMITS_ROUTE)
