"""List COS's error codes, and write a refusal in COS's XML form (Tencent document 436/7730)."""

import time

from starlette.responses import Response

from infra.local.cos import markup

# Only codes that this stand-in, or a fault given to it, is likely to answer. FileAlreadyExists is
# in 436/7749 (PUT Object), PathStyleDomainForbidden in 436/102489; the others are in 436/7730.
STATUSES = {
    "BadDigest": 400,
    "EntityTooLarge": 400,
    "EntityTooSmall": 400,
    "ExpiredToken": 400,
    "IncompleteBody": 400,
    "InvalidArgument": 400,
    "InvalidDigest": 400,
    "InvalidObjectName": 400,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRequest": 400,
    "InvalidURI": 400,
    "KeyTooLong": 400,
    "MalformedXML": 400,
    "RequestTimeout": 400,
    "UserNetworkTooSlow": 400,
    "PaymentRequired": 402,
    "AccessDenied": 403,
    "InvalidAccessKeyId": 403,
    "PathStyleDomainForbidden": 403,
    "RequestTimeTooSkewed": 403,
    "SignatureDoesNotMatch": 403,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "NoSuchLifecycleConfiguration": 404,
    "MethodNotAllowed": 405,
    "FileAlreadyExists": 409,
    "PathConflict": 409,
    "MissingContentLength": 411,
    "PreconditionFailed": 412,
    "InvalidRange": 416,
    "UnavailableForLegalReasons": 451,
    "InternalError": 500,
    "NotImplemented": 501,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}

MESSAGES = {
    "AccessDenied": "Access Denied.",
    "BadDigest": "The Content-MD5 you specified did not match what we received.",
    "EntityTooLarge": "Your proposed upload exceeds the maximum allowed object size.",
    "EntityTooSmall": "Your proposed upload is smaller than the minimum allowed object size.",
    "ExpiredToken": "The provided token has expired.",
    "FileAlreadyExists": "The object already exists and must not be overwritten.",
    "IncompleteBody": "The body is shorter than the Content-Length header says.",
    "InternalError": "We encountered an internal error. Please try again.",
    "InvalidAccessKeyId": "The Access Key Id you provided does not exist in our records",
    "InvalidDigest": "The Content-MD5 you specified is not valid.",
    "InvalidObjectName": "The object key is not valid.",
    "InvalidPart": "One or more of the specified parts could not be found.",
    "InvalidPartOrder": "The list of parts was not in ascending order.",
    "InvalidRange": "The requested range cannot be satisfied.",
    "InvalidURI": "Could not parse the specified URI.",
    "KeyTooLong": "Your key is too long.",
    "MalformedXML": "The XML you provided was not well-formed or has the wrong content.",
    "MethodNotAllowed": "The specified method is not allowed against this resource.",
    "MissingContentLength": "You must provide the Content-Length HTTP header.",
    "NoSuchBucket": "The specified bucket does not exist.",
    "NoSuchKey": "The specified key does not exist.",
    "NoSuchLifecycleConfiguration": "The lifecycle configuration does not exist.",
    "NoSuchUpload": "The specified multipart upload does not exist.",
    "NotImplemented": "The stand-in does not know this call.",
    "PathStyleDomainForbidden": (
        "The bucket you are attempting to access must be addressed using COS virtual-styled domain."
    ),
    "PreconditionFailed": "At least one of the preconditions you specified did not hold.",
    "RequestTimeTooSkewed": "The request time is too far from the server's time.",
    "SignatureDoesNotMatch": (
        "The Signature you specified is invalid: it does not match the one we calculated."
    ),
    "SlowDown": "Please reduce your request rate.",
}

UNKNOWN_STATUS = 400


class Refused(Exception):
    """Refuse a call with COS's ``code``; ``message`` and ``status`` default to the code's own."""

    def __init__(self, code: str, message: str = "", *, status: int = 0) -> None:
        super().__init__(code)
        self.code = code
        # Never empty: the Python SDK takes an empty <Message/> for a reply it cannot read.
        self.message = message or MESSAGES.get(code, code)
        self.status = status or STATUSES.get(code, UNKNOWN_STATUS)

    def answer(self, *, resource: str, request_id: str, method: str) -> Response:
        """Put the refusal in COS's XML form; the answer to HEAD has no body."""
        headers = {"x-cos-trace-id": request_id}
        if method == "HEAD":
            return Response(status_code=self.status, headers=headers)
        body = markup.document(
            "Error",
            markup.text("Code", self.code),
            markup.text("Message", self.message),
            markup.text("Resource", resource),
            # As recorded, in this code's answer only.
            markup.text("ServerTime", _now()) if self.code == "AccessDenied" else "",
            markup.text("RequestId", request_id),
            markup.text("TraceId", request_id),
        )
        return Response(body, self.status, headers, media_type="application/xml")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
