"""List those of SCF's status codes (Tencent document 583/42611) that the stand-in can give.

Tencent does not document with which HTTP status a function URL reports a failure of the platform.
Those here are the closest in meaning; nothing should depend on them.
"""

from enum import IntEnum


class Status(IntEnum):
    """Say how an invocation ended."""

    SUCCESS = 200
    NOT_JSON = 400  # InvalidParameterValue
    CONTAINER_EXITED = 405  # a web function's server ended before it listened
    REQUEST_TOO_LARGE = 406
    RESPONSE_TOO_LARGE = 407
    UNAVAILABLE = 410  # for example an account in arrears
    USER_CODE_EXCEPTION = 430
    NO_CONCURRENCY = 432  # ResourceLimitReached
    TIME_LIMIT = 433
    MEMORY_LIMIT = 434
    HANDLER_NOT_FOUND = 437
    PROCESS_EXITED = 439  # in the middle of an invocation
    PORT_BINDING_FAILED = 446  # nobody listened in time
    INTERNAL_ERROR = 500


HTTP_STATUS = {
    Status.NOT_JSON: 400,
    Status.REQUEST_TOO_LARGE: 413,
    Status.UNAVAILABLE: 410,
    Status.NO_CONCURRENCY: 429,
    Status.TIME_LIMIT: 504,
    Status.INTERNAL_ERROR: 500,
}
OTHER_FAILURE = 502


class Failure(Exception):
    """Say that an invocation did not end with the function's own answer."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    @property
    def http_status(self) -> int:
        """Give the HTTP status that a caller sees."""
        return HTTP_STATUS.get(self.status, OTHER_FAILURE)
