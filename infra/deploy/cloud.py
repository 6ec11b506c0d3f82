"""Call Tencent's APIs with the operator's keys, and turn errors into texts with a remedy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosClientError, CosServiceError
from tencentcloud.cam.v20190116.cam_client import CamClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.scf.v20180416.scf_client import ScfClient

from functions.environment import ConfigError, bucket_name, required
from functions.environment import region as region_name
from functions.jobs.bucket import EXPIRED_CODES, Keys
from functions.jobs.url_policy import scheme_of
from infra.deploy.changes import CallFailed
from infra.dotenv import NotSet

# The keys' variables: those of the functions, of tccli and the SDKs, and of ``scf deploy``.
KEY_NAMES = (
    ("TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SESSIONTOKEN"),
    ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SESSION_TOKEN"),
    ("TENCENT_SECRET_ID", "TENCENT_SECRET_KEY", "TENCENT_TOKEN"),
)
TIMEOUT_S = 20
ARREARS = "InsufficientBalance"
TOP_UP = "Top up the account at console.cloud.tencent.com/expense; what was accepted is kept."
# The clients' names for a host that is unknown or does not answer.
UNREACHED = {"ClientNetworkError", "CosClientError", "ConnectionError"}
MISSING_CODES = ("ResourceNotFound", "InvalidParameter.RoleNotExist")


class NotThere(Exception):
    """Report that the object of a call does not exist."""


@dataclass(frozen=True)
class Cloud:
    """Call one account in one region: each call takes an action's fields and returns the answer."""

    region: str
    bucket: str
    _scf: Any = field(repr=False)
    _cam: Any = field(repr=False)
    _cos: Any = field(repr=False)

    def scf(self, action: str, **fields: Any) -> dict[str, Any]:
        """Call one SCF action. Raises ``NotThere`` and ``CallFailed``."""
        return _called(self._scf, action, fields)

    def cam(self, action: str, **fields: Any) -> dict[str, Any]:
        """Call one CAM action. Raises ``NotThere`` and ``CallFailed``."""
        return _called(self._cam, action, fields)

    def cos(self, method: str, **arguments: Any) -> Any:
        """Call a method of the COS client on the bucket. Raises ``NotThere`` and ``CallFailed``."""
        call: Callable[..., Any] = getattr(self._cos, method)
        try:
            return call(Bucket=self.bucket, **arguments)
        except CosServiceError as error:
            if error.get_status_code() == 404:
                raise NotThere(error.get_error_code()) from error
            raise _failed(f"COS {method}", str(error.get_error_code()), _cos_id(error)) from error
        except (CosClientError, requests.RequestException) as error:
            raise _failed(f"COS {method}", type(error).__name__, "") from error


def operator_keys(environ: Mapping[str, str]) -> Keys:
    """Read the operator's keys, under any of ``KEY_NAMES``. Raises ``NotSet``."""
    for secret_id, secret_key, token in KEY_NAMES:
        if environ.get(secret_id) and environ.get(secret_key):
            return Keys(environ[secret_id], environ[secret_key], environ.get(token, ""))
    names = " and ".join(KEY_NAMES[2][:2])
    raise NotSet(f"{names} are not set: your own keys, which may manage SCF, CAM and the bucket")


def operator_place(environ: Mapping[str, str]) -> tuple[str, str]:
    """Read the bucket's name and region. Raises ``NotSet`` if one is missing or malformed."""
    missing = [name for name in ("COS_BUCKET", "COS_REGION") if not environ.get(name)]
    if missing:
        raise NotSet(f"{' and '.join(missing)} not set: NAME-APPID, and a region as ap-guangzhou")
    try:
        bucket = required(environ, "COS_BUCKET", bucket_name)
        return bucket, required(environ, "COS_REGION", region_name)
    except ConfigError as error:
        raise NotSet(str(error)) from error


def connect(environ: Mapping[str, str]) -> Cloud:
    """Make the clients for the account in the environment, without a call. Raises ``NotSet``."""
    keys, (bucket, region) = operator_keys(environ), operator_place(environ)
    credential = Credential(keys.secret_id, keys.secret_key, keys.token or None)
    return Cloud(
        region=region,
        bucket=bucket,
        _scf=ScfClient(credential, region, profile(environ.get("SCF_API_ENDPOINT", ""))),
        _cam=CamClient(credential, "", profile(environ.get("CAM_API_ENDPOINT", ""))),
        _cos=_cos_client(keys, region, environ.get("COS_ENDPOINT", "")),
    )


def profile(endpoint: str) -> ClientProfile:
    """Configure a client of Tencent's; ``endpoint`` is a stand-in's ``host:port``, or empty."""
    http = HttpProfile(
        endpoint=endpoint or None, protocol=scheme_of(endpoint), reqTimeout=TIMEOUT_S
    )
    return ClientProfile(httpProfile=http, language="en-US", disable_region_breaker=True)


def _cos_client(keys: Keys, region: str, endpoint: str) -> CosS3Client:
    where = {"Domain": endpoint} if endpoint else {}
    config = CosConfig(
        Region=region,
        SecretId=keys.secret_id,
        SecretKey=keys.secret_key,
        Token=keys.token or None,
        Scheme=scheme_of(endpoint),
        Timeout=TIMEOUT_S,
        **where,
    )
    return CosS3Client(config, retry=0)


def _called(client: Any, action: str, fields: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = client.call_json(action, fields)["Response"]
    except TencentCloudSDKException as error:
        code = str(error.code or "")
        if code.startswith(MISSING_CODES):
            raise NotThere(code) from error
        raise _failed(action, code, str(error.requestId or "")) from error
    return answer


def _cos_id(error: CosServiceError) -> str:
    try:
        return str(error.get_request_id())
    except KeyError:  # an answer without a body
        return ""


def _failed(what: str, code: str, request_id: str) -> CallFailed:
    number = f" (RequestId {request_id})" if request_id else ""
    return CallFailed(f"{what}: {code}{number}", remedy_for(code))


def remedy_for(code: str) -> str:
    """Say what a person can do about an error code of SCF, CAM or COS."""
    if ARREARS in code:
        return TOP_UP
    if "Unauthorized" in code or code == "AccessDenied":
        return (
            "Your keys may not do this. Give your CAM user QcloudSCFFullAccess, "
            "QcloudCamFullAccess and QcloudCOSFullAccess for the deploy, and see that the APPID in "
            "COS_BUCKET is that of your keys' account; then run this again."
        )
    if code.startswith("AuthFailure") or code in {"SignatureDoesNotMatch", *EXPIRED_CODES}:
        return (
            "Check your keys (a temporary one needs its TENCENT_TOKEN, and ends after some hours), "
            "and that this machine's clock is right; then run this again."
        )
    if code in UNREACHED or code.startswith("UnsupportedRegion"):
        return (
            "Check COS_REGION, and that this machine reaches Tencent's API (its network, a proxy); "
            "then run this again."
        )
    if code.startswith(("LimitExceeded", "FailedOperation.ReservedExceedTotal")):
        return "A quota of the account is used up: raise it in the console, then run this again."
    return "Run this again; what was done stays done. If it fails again, ask support with the id."
