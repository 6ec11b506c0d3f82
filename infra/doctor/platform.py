"""Recognise answers that SCF gives itself, in place of the function that was called."""

import json
import re
from collections.abc import Iterator

import requests

from infra.deploy.cloud import ARREARS, TOP_UP
from infra.doctor.finding import Finding, wrong

UNAVAILABLE = re.compile(r"AvailableStatus = (\w+)")


def platforms_own(answer: requests.Response) -> str:
    """Give SCF's error message from an answer; empty if the function itself has answered."""
    try:
        content = json.loads(answer.text)
    except ValueError:
        return ""
    if not isinstance(content, dict) or "errorMessage" not in content:
        return ""
    return str(content["errorMessage"])


def not_the_function(name: str, function: str, answer: requests.Response) -> Iterator[Finding]:
    """Yield a finding if SCF has answered in the function's place; else nothing."""
    message = platforms_own(answer)
    if not message:
        return
    found = UNAVAILABLE.search(message)
    if found and found[1] == ARREARS:
        yield wrong(name, "the account is in arrears: SCF runs nothing of yours", TOP_UP)
    elif found:
        yield wrong(
            name,
            f"SCF does not run {function} (AvailableStatus = {found[1]})",
            "Look at the function in the console.",
        )
    else:
        yield wrong(
            name,
            f"SCF answers for {function}: {answer.status_code} {message[:120]}",
            f"Read the log of backdrop-{function}.",
        )
