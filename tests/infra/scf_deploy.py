"""In place of ``scf deploy``: puts the serverless.yml of its folder into the account's stand-in.

Like the real one it gets keys and variables from its environment. SCF_DEPLOY_FAILS makes it fail.
Where TOOLKIT_PROXY is a proxy, the engine behind the real one makes its calls there first.
"""

import os
import sys
from pathlib import Path

from infra.local.http import call

if os.environ.get("SCF_DEPLOY_FAILS"):
    sys.exit("CamRoleNotExist: SLS_QcsRole")
if not os.environ.get("TENCENT_SECRET_ID") or not os.environ.get("TENCENT_SECRET_KEY"):
    sys.exit("no keys")
if proxy := os.environ.get("TOOLKIT_PROXY"):
    # Not above: this process starts two dozen times in the tests, and that imports all of them.
    from tests.infra.test_toolkit import scf_deploy

    scf_deploy(proxy, Path("serverless.yml"), os.environ)
order = {"serverless_yml": str(Path("serverless.yml").resolve()), "environ": dict(os.environ)}
call("PUT", f"http://{os.environ['SCF_API_ENDPOINT']}/_control/deployed", order)
