"""The official JavaScript clients against the stand-ins; ``make toolkit`` brings and runs them."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.dotenv import ROOT
from infra.local import aiart
from tests.bot.driving import running_slack
from tests.conftest import BOT_TOKEN, KEYS, OPERATORS, Serve
from tests.local.slack.driver import PHOTOS

MODULES = os.environ.get("TOOLKIT_MODULES", "")
pytestmark = pytest.mark.skipif(
    not MODULES, reason="needs npm's official clients: `make toolkit` installs and runs them"
)


def test_the_official_javascript_clients_are_understood(serve: Serve) -> None:
    """@slack/web-api uploads a form; Tencent's client signs the host without its port."""
    at = serve(aiart.create, "aiart", "aiart-results", keys=OPERATORS)["aiart"]
    with running_slack() as slack:
        order = {
            "token": BOT_TOKEN,
            "api": f"http://{slack.address}/api/",
            "channel": PHOTOS,
            "aiart": at,
            "keys": {"secretId": KEYS.secret_id, "secretKey": KEYS.secret_key},
        }
        ended = subprocess.run(  # our own script
            [shutil.which("node") or "node", str(Path(__file__).with_name("javascript.js"))],
            check=False,
            input=json.dumps(order),
            env={"PATH": os.environ["PATH"], "NODE_PATH": str(ROOT / MODULES)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 0, ended.stderr
    # Signed as it should be: what is missing is the photo.
    assert json.loads(ended.stdout) == {
        "slack": {"uploaded": True, "refused": "invalid_name"},
        "aiart": "MissingParameter",
    }
