"""End the runs of our workflow step, each with the run's own token."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.slack_api.client import SlackRefused, TokenRevoked, WebClient, call
from functions.jobs.model import WorkflowRun
from functions.log import warn

# Somebody has ended that run, or it is too late for anybody to.
OVER = {"execution_not_in_running_state", "function_execution_not_found"}
ERROR_LIMIT_CHARS = 400


def succeed(slack: WebClient, run: WorkflowRun, outputs: Mapping[str, str]) -> None:
    """End a run well; ``outputs`` is what the workflow's later steps may use.

    Raises ``RateLimited`` or ``OutcomeUnknown``.
    """
    _end(slack.functions_completeSuccess, run, outputs=dict(outputs))


def fail(slack: WebClient, run: WorkflowRun, words: str) -> None:
    """End a run as failed; whoever looks after the workflow reads ``words``. Raises likewise."""
    _end(slack.functions_completeError, run, error=words[:ERROR_LIMIT_CHARS])


def _end(method: Callable[..., Any], run: WorkflowRun, **how: Any) -> None:
    """End the run. A late or repeated call does no harm."""
    try:
        call(method, function_execution_id=run.execution_id, token=run.token, **how)
    except SlackRefused as error:
        if error.error not in OVER:
            warn("a workflow's run was not ended", error=error.error)
    except TokenRevoked as error:  # of that run only
        warn("a workflow's run was not ended", error=str(error))
