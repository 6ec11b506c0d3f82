"""End runs of our workflow step; each run has a token of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.slack_api.client import SlackRefused, TokenRevoked, WebClient, call
from functions.jobs.model import WorkflowRun
from functions.log import warn

# The run was ended already, or can no longer be.
OVER = {"execution_not_in_running_state", "function_execution_not_found"}
ERROR_LIMIT_CHARS = 400


def succeed(slack: WebClient, run: WorkflowRun, outputs: Mapping[str, str]) -> None:
    """End a run as successful; the workflow's later steps may use ``outputs``.

    A refusal is only logged. Raises ``RateLimited`` or ``OutcomeUnknown``.
    """
    _end(slack.functions_completeSuccess, run, outputs=dict(outputs))


def fail(slack: WebClient, run: WorkflowRun, words: str) -> None:
    """End a run as failed, with ``words`` for the workflow's managers. Raises as ``succeed``."""
    _end(slack.functions_completeError, run, error=words[:ERROR_LIMIT_CHARS])


def _end(method: Callable[..., Any], run: WorkflowRun, **how: Any) -> None:
    """End the run. A late or repeated call does no harm."""
    try:
        call(method, function_execution_id=run.execution_id, token=run.token, **how)
    except SlackRefused as error:
        if error.error not in OVER:
            warn("a workflow's run was not ended", error=error.error)
    except TokenRevoked as error:  # the run's token only, not the app's
        warn("a workflow's run was not ended", error=str(error))
