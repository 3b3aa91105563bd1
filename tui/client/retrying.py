"""When a read is tried again, and after which pause. Writes never are."""

import random
from typing import Final

from tui.client.answer import Answer
from tui.client.clock import retry_after_s
from tui.client.errors import RETRYABLE_STATUSES, Unreachable

_WAITED_FOR_S: Final = 3.0
"""A platform that asks for a longer pause is not waited for here: whoever asked has to know."""
_RATE_LIMITED: Final = 429


def pause_after_error_s(error: Unreachable, pause_s: float | None) -> float | None:
    """Before the next try; `None`: there is none. Whoever was silent for the whole time limit is not asked again."""
    return None if pause_s is None or error.timed_out else _jittered(pause_s)


def pause_after_answer_s(answer: Answer, pause_s: float | None) -> float | None:
    """As `pause_after_error_s`, for an answer: at least as long as the platform says."""
    told_s = told_pause_s(answer)
    is_short = told_s is not None and told_s <= _WAITED_FOR_S
    if pause_s is None or not (answer.status in RETRYABLE_STATUSES or (answer.status == _RATE_LIMITED and is_short)):
        return None
    if told_s is None:
        return _jittered(pause_s)
    return max(told_s, _jittered(pause_s)) if is_short else None


def told_pause_s(answer: Answer) -> float | None:
    """How long the platform wants to be left alone, where it says so."""
    return retry_after_s(answer.headers.get("retry-after"), answer.headers.get("date"))


def _jittered(pause_s: float) -> float:
    return pause_s * random.uniform(0.5, 1.5)
