"""Answer ``functions.*``, with which the app ends a run of its workflow step."""

import time

from infra.local.slack.answers import Refused
from infra.local.slack.arguments import Arguments
from infra.local.slack.methods.registry import Method
from infra.local.slack.model import Execution, Json
from infra.local.slack.workspace import Workspace


async def complete_success(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``functions.completeSuccess``: end a run with its outputs."""
    outputs = arguments.structure("outputs", "invalid_arguments")
    if not isinstance(outputs, dict):
        raise Refused(
            "invalid_arguments", places=["must provide an object [json-pointer:/outputs]"]
        )
    execution = _running(slack, arguments)
    execution.state, execution.outputs = "completed", outputs
    _end(slack, execution)
    return {}


async def complete_error(slack: Workspace, arguments: Arguments) -> Json:
    """Answer ``functions.completeError``: end a run with an error message."""
    error = arguments.required("error")
    execution = _running(slack, arguments)
    execution.state, execution.error = "failed", error
    _end(slack, execution)
    return {}


def _running(slack: Workspace, arguments: Arguments) -> Execution:
    execution = slack.state.executions.get(arguments.required("function_execution_id"))
    if execution is None:
        raise Refused("function_execution_not_found")
    if execution.state != "running":
        raise Refused("execution_not_in_running_state")
    return execution


def _end(slack: Workspace, execution: Execution) -> None:
    execution.ended_at = time.time()
    slack.state.changed("execution", channel=execution.channel)


METHODS = {
    "functions.completeSuccess": Method(complete_success),
    "functions.completeError": Method(complete_error),
}
