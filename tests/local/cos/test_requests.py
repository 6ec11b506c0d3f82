"""Keys of any name, and requests that the official client would not send."""

import base64
import http.client

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qcloud_cos import CosS3Client

from infra.local.cos.incoming import KEY_FORBIDDEN
from tests.local.cos.driving import BUCKET, Server, body_of, keys_of, md5, put

KEYS = st.text(
    st.characters(codec="utf-8", exclude_characters=list(KEY_FORBIDDEN)),
    min_size=1,
    max_size=40,
).filter(
    lambda key: (
        not key.startswith(("/", "\\", "_control/"))
        # HTTP clients resolve such segments, and the SDK refuses what resolves to nothing.
        and not {".", ".."} & set(key.split("/"))
        and key.strip("/")
    )
)


# The stand-in is not emptied between examples: each looks at its own key's object only.
# An example is up to five requests.
ANY_KEY = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@ANY_KEY
@given(key=KEYS)
def test_any_name_comes_back_as_it_was(client: CosS3Client, key: str) -> None:
    put(client, key, key.encode())
    assert body_of(client, key) == key.encode()
    assert key in keys_of(client.list_objects(Bucket=BUCKET, Prefix=key, MaxKeys=1))
    client.delete_object(Bucket=BUCKET, Key=key)
    assert not client.object_exists(Bucket=BUCKET, Key=key)


@ANY_KEY
@given(key=KEYS)
def test_any_name_can_be_presigned(server: Server, key: str) -> None:
    client = server.client()
    for method, body in (("PUT", key.encode()), ("GET", b"")):
        url = client.get_presigned_url(Bucket=BUCKET, Key=key, Method=method)
        answer = server.session.request(method, url, data=body, timeout=30)
        assert answer.status_code == 200
    assert answer.content == key.encode()


def test_a_put_without_a_length_is_refused(server: Server) -> None:
    url = server.client().get_presigned_url(Bucket=BUCKET, Key="a", Method="PUT")
    connection = http.client.HTTPConnection(server.address, timeout=30)
    connection.putrequest("PUT", url.removeprefix(f"http://{server.address}"))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"MissingContentLength" in answer.read()) == (411, True)
    connection.close()


def test_a_chunked_put_is_taken(server: Server) -> None:
    url = server.client().get_presigned_url(Bucket=BUCKET, Key="a", Method="PUT")
    assert server.session.put(url, data=iter([b"ab", b"c"]), timeout=30).status_code == 200
    assert body_of(server.client(), "a") == b"abc"


@pytest.mark.parametrize(
    ("body", "digest", "code"),
    [
        (b"<Delete/>", False, "InvalidRequest"),
        (b"<Delete>", True, "MalformedXML"),
        (b"<Delete/>", True, "MalformedXML"),
        (b"<Other/>", True, "MalformedXML"),
        (b"<Delete><Object/></Delete>", True, "MalformedXML"),
    ],
)
def test_a_wrong_deletion_of_many_is_refused(
    server: Server, body: bytes, digest: bool, code: str
) -> None:
    auth = server.client().get_auth(Method="POST", Bucket=BUCKET, Key="/", Params={"delete": ""})
    headers = {"Authorization": auth}
    if digest:
        headers["Content-MD5"] = base64.b64encode(md5(body)).decode()
    url = f"http://{server.address}/?delete"
    answer = server.session.post(url, data=body, headers=headers, timeout=30)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True)
