"""Check the worker from inside for ``infra.doctor``, which invokes the function with an event."""

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from functions import self_check
from functions.config import KEY, KEY_ID, WorkerConfig, log_level, worker_config
from functions.environment import ConfigError
from functions.jobs.bucket import Keys
from functions.jobs.bucket_layout import DOCTOR, REQUESTS
from functions.log import log
from functions.self_check import CALL_S, Parts, Report
from functions.worker import photos
from functions.worker.aiart import Aiart


def answer_self_check(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Make the report, ready for JSON.

    A setting that keeps the worker from starting is reported in it as trouble, not raised.
    """
    way = "environment" if environ.get(KEY_ID) and environ.get(KEY) else "none"
    try:
        log_level(environ)
        config = worker_config(environ)
    except ConfigError as error:
        report = self_check.empty_report("worker", keys=way, trouble=str(error))
    else:
        report = _look(config, way)
    log("looked at itself", ms=report.took_ms)
    found: dict[str, Any] = msgspec.to_builtins(report)
    return found


def _look(config: WorkerConfig, way: str) -> Report:
    calm = msgspec.structs.replace(config.aiart, timeout_s=int(CALL_S))

    def refusal(keys: Keys) -> tuple[str, str]:
        return Aiart(calm, keys).refusal()

    parts = Parts(
        "worker",
        config.bucket,
        listed=f"{REQUESTS}{DOCTOR}",
        slack=(config.slack.api_url, config.slack.bot_token),
        aiart=refusal,
        heic=photos.reads_heic,
    )
    return self_check.look(parts, config.keys, way=way)
