"""The request signature against the vectors of Tencent document 436/7778."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qcloud_cos import CosConfig
from qcloud_cos.cos_auth import CosS3Auth
from requests import Request

from infra.local.cos import signing
from infra.local.cos.signing import Signable

SECRET_KEY = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
PATH = "/exampleobject(腾讯云)"
HOST = b"examplebucket-1250000000.cos.ap-beijing.myqcloud.com"
PUT = Signable(
    method="PUT",
    path=PATH,
    params={},
    headers={
        "Date": b"Thu, 16 May 2019 06:45:51 GMT",
        "Host": HOST,
        "Content-Type": b"text/plain",
        "Content-Length": b"13",
        "Content-MD5": b"mQ/fVh815F3k6TAUm8m0eg==",
        "x-cos-acl": b"private",
        "x-cos-grant-read": b'uin="100000000011"',
    },
)
PUT_TIME = "1557989151;1557996351"
PUT_SIGNATURE = "3b8851a11a569213c17ba8fa7dcf2abec6935172"
GET = Signable(
    method="GET",
    path=PATH,
    params={
        "response-content-type": "application/octet-stream",
        "response-cache-control": "max-age=600",
    },
    headers={"Date": b"Thu, 16 May 2019 06:55:53 GMT", "Host": HOST},
)
GET_TIME = "1557989753;1557996953"
GET_SIGNATURE = "01681b8c9d798a678e43b685a9f1bba0f6c0e012"


def sent(**changes: str) -> dict[str, str]:
    """The fields of the document's GET example."""
    return {
        "q-sign-algorithm": "sha1",
        "q-ak": "AKIDexample",
        "q-sign-time": GET_TIME,
        "q-key-time": GET_TIME,
        "q-header-list": "date;host",
        "q-url-param-list": "response-cache-control;response-content-type",
        "q-signature": GET_SIGNATURE,
        **changes,
    }


def test_the_documented_upload_has_the_documented_signature() -> None:
    made = signing.signature(SECRET_KEY, PUT, sign_time=PUT_TIME, key_time=PUT_TIME)
    assert made == PUT_SIGNATURE


def test_the_documented_download_has_the_documented_signature() -> None:
    made = signing.signature(SECRET_KEY, GET, sign_time=GET_TIME, key_time=GET_TIME)
    assert made == GET_SIGNATURE


def test_only_what_the_lists_name_is_covered() -> None:
    more = Signable(
        method="get",
        path=PATH,
        params={**GET.params, "unsigned": "1"},
        headers={**GET.headers, "User-Agent": b"any"},
    )
    assert signing.matches(signing.from_fields(sent()), SECRET_KEY, more)


@pytest.mark.parametrize(
    "other",
    [
        Signable(method="PUT", path=PATH, params=GET.params, headers=GET.headers),
        Signable(method="GET", path="/else", params=GET.params, headers=GET.headers),
        Signable(method="GET", path=PATH, params={}, headers=GET.headers),
        Signable(method="GET", path=PATH, params=GET.params, headers={"Host": HOST}),
        Signable(
            method="GET", path=PATH, params=GET.params, headers={**GET.headers, "Host": b"else"}
        ),
    ],
    ids=["method", "path", "params", "a header missing", "a header changed"],
)
def test_a_changed_request_does_not_match(other: Signable) -> None:
    assert not signing.matches(signing.from_fields(sent()), SECRET_KEY, other)


def test_another_secret_key_does_not_match() -> None:
    assert not signing.matches(signing.from_fields(sent()), "another", GET)


def test_a_shortened_parameter_list_does_not_match() -> None:
    changed = sent(**{"q-url-param-list": "response-cache-control"})
    assert not signing.matches(signing.from_fields(changed), SECRET_KEY, GET)


def test_the_narrower_of_two_periods_counts() -> None:
    read = signing.from_fields(sent(**{"q-sign-time": "10;40", "q-key-time": "20;50"}))
    assert (read.starts_at(), read.ends_at()) == (20, 40)


@pytest.mark.parametrize("field", signing.FIELDS)
def test_a_missing_field_is_malformed(field: str) -> None:
    fields = sent()
    del fields[field]
    with pytest.raises(signing.Malformed, match=field):
        signing.from_fields(fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("q-sign-algorithm", "md5"),
        ("q-sign-time", "1557989753"),
        ("q-key-time", "a;b"),
        ("q-key-time", "-1;5"),
    ],
)
def test_a_field_of_the_wrong_form_is_malformed(field: str, value: str) -> None:
    with pytest.raises(signing.Malformed, match=field):
        signing.from_fields(sent(**{field: value}))


# Any text that has a UTF-8 form.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    key=TEXTS.filter(lambda key: key.strip("/")),
    params=st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=3),
    meta=TEXTS,
)
def test_whatever_the_official_client_signs_matches(
    key: str, params: dict[str, str], meta: str
) -> None:
    # Names that differ by their case only are one name for the signature.
    params = {signing.name_of(name): value for name, value in params.items()}
    config = CosConfig(Region="ap-beijing", SecretId="id", SecretKey=SECRET_KEY)
    headers = {"x-cos-meta-a": meta, "Host": HOST.decode()}
    request = CosS3Auth(config, key, params)(Request("GET", "http://example/", headers=headers))
    path = key if key.startswith("/") else f"/{key}"
    asked = Signable(
        method="GET",
        path=path,
        params=params,
        headers={"x-cos-meta-a": meta.encode(), "host": HOST},
    )
    read = signing.from_header(request.headers["Authorization"])
    assert signing.matches(read, SECRET_KEY, asked)


@given(st.text(max_size=200))
def test_any_authorization_header_is_read_or_malformed(value: str) -> None:
    try:
        signing.from_header(value)
    except signing.Malformed:
        return
