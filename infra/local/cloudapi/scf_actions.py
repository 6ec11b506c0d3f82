"""Answer the deploy's calls to SCF's API, version 2018-04-16, with the official SDK's fields."""

import json
from collections.abc import Callable

from infra.local.cloudapi.account import Account, Deployed, Json
from infra.local.http import call
from infra.local.vendor_error import Refused

VERSION = "2018-04-16"
BUSY_LOOKS = 1  # how many GetFunction answers say Updating after a change
ENVIRONMENT_LIMIT_BYTES = 4096
RUNTIMES = ("Python3.7", "Python3.9", "Python3.10", "Python3.11")  # 583/40323; 3.11 unconfirmed


def get_function(account: Account, given: Json) -> Json:
    """Answer GetFunction (583/18584); after a change the first answers say Updating.

    Raises ``Refused`` for an unknown function.
    """
    one = account.function(given["FunctionName"])
    status = "Updating" if one.busy else "Active"
    one.busy = max(0, one.busy - 1)
    several = {"DynamicEnabled": "FALSE", "MaxConcurrency": one.concurrency}
    return {
        "FunctionName": one.name,
        "Status": status,
        "AvailableStatus": one.available_status,
        "Type": "HTTP" if one.kind == "web" else "Event",
        "Runtime": one.runtime,
        "MemorySize": one.memory_mb,
        "Timeout": one.timeout_s,
        "Role": one.role,
        "Environment": {"Variables": _variables(one.environment)},
        "InstanceConcurrencyConfig": several if one.concurrency > 1 else None,
    }


def update_configuration(account: Account, given: Json) -> Json:
    """Answer UpdateFunctionConfiguration (583/18580): a field that is not given stays as it is.

    Raises ``Refused`` for an unknown or busy function, or for a value that SCF does not take.
    """
    one = account.function(given["FunctionName"])
    one.write()
    if "Environment" in given:
        pairs = given["Environment"]["Variables"]
        fresh = {pair["Key"]: pair["Value"] for pair in pairs}
        if (
            sum(len(k.encode()) + len(v.encode()) for k, v in fresh.items())
            > ENVIRONMENT_LIMIT_BYTES
        ):
            raise Refused("LimitExceeded.FunctionEnvironment", "The environment is over 4 KB.")
        one.environment = fresh
    if "Runtime" in given:
        if given["Runtime"] not in RUNTIMES:
            raise Refused("InvalidParameterValue.Runtime", "The runtime is not supported.")
        one.runtime = given["Runtime"]
    if "InstanceConcurrencyConfig" in given:
        if one.kind != "web":
            raise Refused("InvalidParameterValue.InstanceConcurrencyConfig", "Web functions only.")
        one.concurrency = int(given["InstanceConcurrencyConfig"]["MaxConcurrency"])
    one.busy = BUSY_LOOKS
    return {}


def list_triggers(account: Account, given: Json) -> Json:
    """Answer ListTriggers, a page of ``Limit`` from ``Offset`` on. Raises ``Refused``."""
    triggers = account.function(given["FunctionName"]).triggers
    first, most = int(given.get("Offset") or 0), int(given.get("Limit") or 20)
    return {"TotalCount": len(triggers), "Triggers": triggers[first : first + most]}


def get_reserved(account: Account, given: Json) -> Json:
    """Answer GetReservedConcurrencyConfig in MB: null where nothing is reserved.

    Raises ``Refused`` for an unknown function.
    """
    return {"ReservedMem": account.function(given["FunctionName"]).reserved_mb}


def put_reserved(account: Account, given: Json) -> Json:
    """Answer PutReservedConcurrencyConfig, in MB; a multiple of 128. Raises ``Refused``."""
    one = account.function(given["FunctionName"])
    one.write()
    memory = given["ReservedConcurrencyMem"]
    if not isinstance(memory, int) or memory % 128:
        raise Refused(
            "InvalidParameterValue.ReservedConcurrencyMem", "A multiple of 128 MB was expected."
        )
    one.reserved_mb = memory
    return {}


def get_event_invoke(account: Account, given: Json) -> Json:
    """Answer GetFunctionEventInvokeConfig: retries, and how long an event is kept (s).

    Raises ``Refused``, also for a web function.
    """
    one = _event_function(account, given)
    return {"AsyncTriggerConfig": {"RetryConfig": [{"RetryNum": one.retries}], "MsgTTL": one.ttl_s}}


def update_event_invoke(account: Account, given: Json) -> Json:
    """Answer UpdateFunctionEventInvokeConfig: retries 0 to 2, events kept for 60 s to 6 h.

    Raises ``Refused``, also for a web function.
    """
    one = _event_function(account, given)
    one.write()
    config = given["AsyncTriggerConfig"]
    retries, ttl_s = config["RetryConfig"][0]["RetryNum"], config["MsgTTL"]
    if retries not in range(3) or not 60 <= ttl_s <= 21_600:
        raise Refused("InvalidParameterValue.AsyncTriggerConfig", "Out of its range.")
    one.retries, one.ttl_s = retries, ttl_s
    return {}


def invoke(account: Account, given: Json) -> Json:
    """Answer Invoke when the function has run (583/17243), with its result as JSON in ``RetMsg``.

    Raises ``Refused`` if the function is unknown or unavailable, or is to run asynchronously.
    """
    one = account.function(given["FunctionName"])
    if one.available_status != "Available":
        raise Refused(f"ResourceUnavailable.{one.available_status}", "The function is unavailable.")
    if given.get("InvocationType", "RequestResponse") != "RequestResponse":
        raise Refused("InvalidParameterValue.InvocationType", "Only RequestResponse is done here.")
    if not account.invoke_at:
        raise Refused("InternalError", "No SCF stand-in runs this account's functions.")
    url = f"http://{account.invoke_at}/invoke/{account.keys[one.name]}"
    ran = call("POST", url, given.get("ClientContext", "{}").encode())
    error = str(ran.get("error", ""))
    failed = {"errorCode": -1, "errorMessage": error, "statusCode": ran["status"]}
    return {
        "Result": {
            "FunctionRequestId": ran["request_id"],
            "RetMsg": json.dumps(failed if error else ran["result"]),
            "ErrMsg": error,
            "InvokeResult": ran["status"] if error else 0,
            "Duration": 0.0,
            "BillDuration": 0,
            "MemUsage": 0,
            "Log": "",
        }
    }


def _event_function(account: Account, given: Json) -> Deployed:
    one = account.function(given["FunctionName"])
    if one.kind != "event":
        raise Refused("InvalidParameterValue.Type", "Only an event function has this.")
    return one


def _variables(environment: dict[str, str]) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in environment.items()]


ACTIONS: dict[str, Callable[[Account, Json], Json]] = {
    "GetFunction": get_function,
    "UpdateFunctionConfiguration": update_configuration,
    "Invoke": invoke,
    "ListTriggers": list_triggers,
    "GetReservedConcurrencyConfig": get_reserved,
    "PutReservedConcurrencyConfig": put_reserved,
    "GetFunctionEventInvokeConfig": get_event_invoke,
    "UpdateFunctionEventInvokeConfig": update_event_invoke,
}
