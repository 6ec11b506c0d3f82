"""What starts functions by itself."""

import asyncio
import json
import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.scf.triggers import register
from infra.local.serving import address, listen, served
from infra.serverless_yml import DeploymentError
from infra.serverless_yml.deployment import ObjectTrigger
from tests.local.scf.conftest import EVENT, Deploy, Stack, until

HANDLER = "import json\ndef main_handler(event, context):\n    print(json.dumps(event))\n"
TIMER: dict[str, Any] = {
    "type": "timer",
    "function": "worker",
    "parameters": {
        "name": "every-minute",
        "cronExpression": "0 * * * * * *",
        "argument": "sweep",
        "enable": True,
    },
}
COS: dict[str, Any] = {
    "type": "cos",
    "function": "worker",
    "parameters": {
        "bucket": "${env:BUCKET}.cos.ap-guangzhou.myqcloud.com",
        "events": "cos:ObjectCreated:*",
        "filter": {"prefix": "requests/", "suffix": ".json"},
        "enable": True,
    },
}


def triggered(deploy: Deploy, *triggers: dict[str, Any], **settings: Any) -> Stack:
    return deploy(
        {"worker": EVENT},
        {"handler.py": HANDLER},
        triggers=list(triggers),
        environ={"BUCKET": "shop-1250000000"},
        **settings,
    )


def disabled(trigger: dict[str, Any]) -> dict[str, Any]:
    parameters = {key: value for key, value in trigger["parameters"].items() if key != "enable"}
    return {**trigger, "parameters": parameters}


def test_a_timer_sends_the_documented_event_every_minute(deploy: Deploy) -> None:
    stack = triggered(deploy, TIMER, timers=True, minute_s=0.3)

    def events() -> list[str]:
        """What it has printed: a timer that meets the one instance at work gives a 432 instead."""
        return [line for line in stack.log("worker") if line.startswith("{")]

    until(lambda: len(events()) >= 2)
    event = json.loads(events()[0])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.pop("Time"))
    assert event == {"Type": "Timer", "TriggerName": "every-minute", "Message": "sweep"}
    kinds = {row["kind"] for row in stack.control("GET", "/invocations")}
    assert kinds == {"async"}


def test_timers_can_be_switched_off_and_on(deploy: Deploy) -> None:
    stack = triggered(deploy, TIMER, timers=False, minute_s=0.05)
    assert stack.invoke("the stand-in is up")["status"] == 200
    assert stack.statuses() == [200]
    stack.control("PUT", "/settings", {"timers": True})
    until(lambda: len(stack.statuses()) > 2)


def test_a_timer_that_is_not_enabled_does_nothing(deploy: Deploy) -> None:
    ticking = {**TIMER, "parameters": {**TIMER["parameters"], "name": "enabled"}}
    stack = triggered(deploy, disabled(TIMER), ticking, timers=True, minute_s=0.05)
    until(lambda: len(stack.log("worker")) >= 3)
    assert not any("every-minute" in line for line in stack.log("worker"))


def test_cos_learns_of_enabled_triggers_before_the_stand_in_is_ready(deploy: Deploy) -> None:
    stack = triggered(deploy, COS)
    assert stack.triggers == [
        [
            {
                "name": "worker",
                "prefix": "requests/",
                "suffix": ".json",
                "events": "cos:ObjectCreated:*",
                "url": stack.url("scf", "/invoke/worker?async=1"),
            }
        ]
    ]


def test_cos_learns_nothing_of_a_trigger_that_is_not_enabled(deploy: Deploy) -> None:
    stack = triggered(deploy, disabled(COS))
    assert stack.invoke("the stand-in is up")["status"] == 200
    assert stack.triggers == []


def test_a_trigger_on_a_bucket_elsewhere_is_refused(deploy: Deploy) -> None:
    bucket = "${env:BUCKET}.cos.ap-shanghai.myqcloud.com"
    with pytest.raises(DeploymentError, match="in the function's region"):
        triggered(deploy, {**COS, "parameters": {**COS["parameters"], "bucket": bucket}})


def test_triggers_that_cos_refuses_stop_the_start() -> None:
    async def refuse(_: Request) -> Response:
        return JSONResponse({"error": "they overlap"}, 409)

    app = Starlette(routes=[Route("/_control/triggers", refuse, methods=["PUT"])])
    trigger = ObjectTrigger("worker", "shop-1", "in/", "", "cos:ObjectCreated:*", enabled=True)
    with (
        listen() as socket,
        served({"cos": app}, {"cos": socket}),
        pytest.raises(RuntimeError, match="refused the triggers: HTTP 409"),
    ):
        asyncio.run(register([trigger], scf="127.0.0.1:1", cos=address(socket)))
