"""Who is let in: signatures in headers and URLs, temporary keys, the clock, the address."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
from qcloud_cos import CosConfig, CosS3Client, CosServiceError

from tests.local.cos.driving import BUCKET, PERMANENT, REGION, TEMPORARY, Server


def refusal(client: CosS3Client) -> tuple[int, str, str]:
    """Status, code and message of what a GET of ``a`` is refused with."""
    with pytest.raises(CosServiceError) as caught:
        client.get_object(Bucket=BUCKET, Key="a")
    error = caught.value
    assert error.get_request_id()
    return error.get_status_code(), error.get_error_code(), error.get_error_msg()


def fetch(server: Server, url: str, **headers: str) -> requests.Response:
    return server.session.get(url, headers=headers, timeout=30)


def presigned(server: Server, params: dict[str, str], **options: Any) -> str:
    """A presigned GET of ``a`` with temporary keys."""
    server.control("PUT", "object", params={"key": "a"}, data=b"picture")
    url: str = server.client(TEMPORARY).get_presigned_url(
        Bucket=BUCKET, Key="a", Method="GET", Params=params, **options
    )
    return url


def with_param(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {name: value}
    return urlunsplit(parts._replace(query=urlencode(query)))


def test_an_unsigned_request_is_denied(server: Server) -> None:
    answer = fetch(server, f"http://{server.address}/a")
    assert answer.status_code == 403
    said = "<Message>Check auth failure because signature empty.</Message>"  # recorded
    assert f"<Code>AccessDenied</Code>{said}<Resource>/a</Resource><ServerTime>" in answer.text
    assert answer.headers["x-cos-request-id"] in answer.text


@pytest.mark.parametrize("value", ["Bearer abc", "q-sign-algorithm=sha1&q-ak=x", "a=b&c"])
def test_what_is_no_signature_is_denied(server: Server, value: str) -> None:
    answer = fetch(server, f"http://{server.address}/a", Authorization=value)
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


@pytest.mark.parametrize("virtual", [False, True])
def test_a_wrong_secret_key_does_not_match(server: Server, virtual: bool) -> None:
    client = server.client({**PERMANENT, "secret_key": "wrong"}, virtual=virtual)
    assert refusal(client)[:2] == (403, "SignatureDoesNotMatch")


def test_an_unknown_secret_id_is_refused(server: Server) -> None:
    client = server.client({**PERMANENT, "secret_id": "AKIDunknown"})
    assert refusal(client)[:2] == (403, "InvalidAccessKeyId")


def test_temporary_keys_with_their_token_are_let_in(server: Server) -> None:
    server.client(TEMPORARY).put_object(Bucket=BUCKET, Key="a", Body=b"1")
    assert server.calls()[-1]["caller"] == TEMPORARY["secret_id"]


@pytest.mark.parametrize("token", [None, "another-token"])
def test_temporary_keys_without_their_token_are_unknown(server: Server, token: str | None) -> None:
    client = server.client({**TEMPORARY, "token": token})
    assert refusal(client)[:2] == (403, "InvalidAccessKeyId")


def test_a_token_with_permanent_keys_is_refused(server: Server) -> None:
    client = server.client({**PERMANENT, "token": "a-token"})
    assert refusal(client)[:2] == (403, "InvalidAccessKeyId")


def test_an_expired_token_is_refused(server: Server) -> None:
    old = {"secret_id": "AKIDold", "secret_key": "k", "token": "t"}
    server.control("PUT", "keys", json={**old, "expires_at": time.time() - 1})
    assert refusal(server.client(old))[:2] == (400, "ExpiredToken")


def test_a_server_clock_far_ahead_finds_the_signature_expired(server: Server) -> None:
    server.put_settings(clock_skew_s=20_000)
    assert refusal(server.client()) == (403, "AccessDenied", "Request has expired")


def test_a_server_clock_far_behind_finds_the_signature_too_early(server: Server) -> None:
    server.put_settings(clock_skew_s=-3600)
    assert refusal(server.client())[:2] == (403, "RequestTimeTooSkewed")


def test_a_presigned_url_with_the_token_is_served(server: Server) -> None:
    url = presigned(server, {"x-cos-security-token": TEMPORARY["token"]})
    answer = fetch(server, url)
    assert (answer.status_code, answer.content) == (200, b"picture")


def test_a_presigned_url_may_carry_the_token_unsigned(server: Server) -> None:
    url = with_param(presigned(server, {}), "x-cos-security-token", TEMPORARY["token"])
    assert fetch(server, url).status_code == 200


def test_a_presigned_url_without_the_token_is_refused(server: Server) -> None:
    answer = fetch(server, presigned(server, {}))
    assert answer.status_code == 403
    assert "InvalidAccessKeyId" in answer.text


def test_an_expired_presigned_url_is_refused(server: Server) -> None:
    url = presigned(server, {"x-cos-security-token": TEMPORARY["token"]}, Expired=-1)
    answer = fetch(server, url)
    assert answer.status_code == 403
    assert "<Message>Request has expired</Message>" in answer.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q-signature", "0" * 40),
        ("q-sign-time", f"1;{2**33}"),
        ("q-key-time", f"1;{2**33}"),
        ("response-content-type", "text/html"),
        ("q-url-param-list", ""),
        ("q-header-list", ""),
    ],
)
def test_a_tampered_presigned_url_is_refused(server: Server, name: str, value: str) -> None:
    signed = {"x-cos-security-token": TEMPORARY["token"], "response-content-type": "image/png"}
    url = presigned(server, signed)
    assert fetch(server, url).status_code == 200
    answer = fetch(server, with_param(url, name, value))
    assert answer.status_code == 403
    assert "SignatureDoesNotMatch" in answer.text


def test_a_presigned_url_is_for_its_own_key_and_method(server: Server) -> None:
    url = presigned(server, {"x-cos-security-token": TEMPORARY["token"]})
    assert fetch(server, url.replace("/a?", "/b?")).status_code == 403
    assert server.session.put(url, data=b"", timeout=30).status_code == 403


def test_signed_response_headers_are_honoured(server: Server) -> None:
    disposition = "inline; filename*=UTF-8''a%20b.png"
    url = presigned(
        server,
        {
            "x-cos-security-token": TEMPORARY["token"],
            "response-content-type": "image/png",
            "response-content-disposition": disposition,
        },
    )
    headers = fetch(server, url).headers
    assert headers["content-type"] == "image/png"
    assert headers["content-disposition"] == disposition


def test_unsigned_response_headers_are_not(server: Server) -> None:
    url = presigned(server, {"x-cos-security-token": TEMPORARY["token"]})
    answer = fetch(server, with_param(url, "response-content-type", "text/html"))
    assert answer.headers["content-type"] == "application/octet-stream"


def test_without_a_signature_response_headers_are_refused(server: Server) -> None:
    """Even where everybody may read (436/7753)."""
    server.client().put_object(Bucket=BUCKET, Key="a", Body=b"1")
    server.client().put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    url = f"http://{server.address}/a"
    assert fetch(server, url).status_code == 200
    answer = fetch(server, f"{url}?response-content-disposition=attachment")
    assert (answer.status_code, "InvalidRequest" in answer.text) == (400, True)


def test_a_response_header_cannot_break_the_header_block(server: Server) -> None:
    signed = {"x-cos-security-token": TEMPORARY["token"], "response-content-type": "a\r\nb: c"}
    answer = fetch(server, presigned(server, signed))
    assert answer.status_code == 400
    assert "InvalidArgument" in answer.text


def test_the_default_domain_forces_a_download_and_a_custom_one_does_not(server: Server) -> None:
    server.client().put_object(Bucket=BUCKET, Key="a", Body=b"1", ContentType="image/png")
    own = server.client(virtual=True).get_object(Bucket=BUCKET, Key="a")
    assert own["x-cos-force-download"] == "true"
    assert own["Content-Disposition"] == "attachment"
    custom = server.client().get_object(Bucket=BUCKET, Key="a")
    assert "x-cos-force-download" not in custom
    assert "Content-Disposition" not in custom


@pytest.mark.parametrize(
    ("host", "path", "code"),
    [
        (f"other-1250000000.cos.{REGION}.myqcloud.com", "/a", "NoSuchBucket"),
        (f"{BUCKET}.cos.ap-shanghai.myqcloud.com", "/a", "NoSuchBucket"),
        (f"other-1250000000.cos.{REGION}.tencentcos.cn", "/a", "NoSuchBucket"),
        (f"{BUCKET}.cos.{REGION}.tencentcos.cn", "/a", "AccessDenied"),  # found, but not signed
        (f"cos.{REGION}.tencentcos.cn", f"/{BUCKET}/a", "PathStyleDomainForbidden"),
        (f"cos.{REGION}.myqcloud.com", f"/{BUCKET}/a", "PathStyleDomainForbidden"),
        (f"cos.{REGION}.myqcloud.com", "/", "NotImplemented"),
        ("127.0.0.1", f"/{BUCKET}/a", "PathStyleDomainForbidden"),
    ],
)
def test_another_address_is_refused(server: Server, host: str, path: str, code: str) -> None:
    answer = fetch(server, f"http://{server.address}{path}", Host=host)
    assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize("path", ["/%ff", "/a?x=%ff"])
def test_a_request_that_is_no_utf_8_is_refused(server: Server, path: str) -> None:
    answer = fetch(server, f"http://{server.address}{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/xml")
    assert "<Code>InvalidURI</Code>" in answer.text
    assert answer.headers["x-cos-request-id"]


def test_a_public_bucket_can_be_read_but_not_written_without_a_signature(server: Server) -> None:
    server.client().put_object(Bucket=BUCKET, Key="a", Body=b"1")
    server.client().put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    url = f"http://{server.address}/a"
    assert fetch(server, url).content == b"1"
    assert server.session.put(url, data=b"2", timeout=30).status_code == 403


def test_no_secret_of_a_call_is_in_the_log(server: Server) -> None:
    server.client(TEMPORARY).put_object(Bucket=BUCKET, Key="b", Body=b"1")
    fetch(server, presigned(server, {"x-cos-security-token": TEMPORARY["token"]}))
    log = server.control("GET", "calls").text
    assert TEMPORARY["secret_id"] in log
    for secret in (TEMPORARY["token"], TEMPORARY["secret_key"], "q-sign"):
        assert secret not in log


def test_a_host_that_is_not_signed_is_accepted(server: Server) -> None:
    config = CosConfig(
        Region=REGION,
        Scheme="http",
        SecretId=PERMANENT["secret_id"],
        SecretKey=PERMANENT["secret_key"],
        Domain=server.address,
        SignHost=False,
    )
    client = CosS3Client(config, retry=0, session=server.session)
    assert client.put_object(Bucket=BUCKET, Key="a", Body=b"1")["ETag"]
