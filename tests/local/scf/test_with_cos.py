"""Together with the COS stand-in: an object wakes the worker, whose role key COS accepts."""

from typing import Any

import requests

from infra.local import cos
from infra.local.serving import address, listen, served
from tests.local.scf.conftest import EVENT, Deploy, until

HANDLER = """
    import os
    from qcloud_cos import CosConfig, CosS3Client

    def main_handler(event, context):
        [record] = event["Records"]
        key = record["cos"]["cosObject"]["key"].removeprefix("/1250000000/shop/")
        config = CosConfig(
            Region="ap-guangzhou", Scheme="http", Domain=os.environ["COS_ENDPOINT"],
            SecretId=os.environ["TENCENTCLOUD_SECRETID"],
            SecretKey=os.environ["TENCENTCLOUD_SECRETKEY"],
            Token=os.environ["TENCENTCLOUD_SESSIONTOKEN"],
        )
        CosS3Client(config).put_object("shop-1250000000", b"{}", f"done/{key}")
"""
POLICY = {
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": "name/cos:PutObject",
            "resource": "qcs::cos:ap-guangzhou:uid/1250000000:shop-1250000000/done/*",
        }
    ],
}
TRIGGER = {
    "type": "cos",
    "function": "worker",
    "parameters": {
        "bucket": "shop-1250000000.cos.ap-guangzhou.myqcloud.com",
        "events": "cos:ObjectCreated:*",
        "filter": {"prefix": "requests/", "suffix": ".json"},
        "enable": True,
    },
}


def test_a_new_object_wakes_the_worker_which_writes_with_its_roles_key(deploy: Deploy) -> None:
    with listen() as socket:
        endpoint = address(socket)
        apps = cos.create(
            {"cos": endpoint},
            bucket="shop-1250000000",
            region="ap-guangzhou",
            keys=[],
            policies={"R": POLICY},
        )
        with served(apps, {"cos": socket}):
            endpoint_variable = {"key": "COS_ENDPOINT", "value": endpoint}
            stack = deploy(
                {"worker": {**EVENT, "role": "R", "environments": [endpoint_variable]}},
                {"handler.py": HANDLER},
                triggers=[TRIGGER],
                cos=endpoint,
                keys_urls=[endpoint],
            )
            for key in ("requests/one.json", "requests/one.txt"):
                url = f"http://{endpoint}/_control/object"
                requests.put(url, params={"key": key}, data=b"{}", timeout=9).raise_for_status()

            def done() -> list[Any]:
                url = f"http://{endpoint}/_control/objects?prefix=done/"
                return [row["key"] for row in requests.get(url, timeout=9).json()]

            assert until(done) == ["done/requests/one.json"]
            until(lambda: stack.statuses() == [200])
