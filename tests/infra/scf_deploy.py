"""Replace ``scf deploy``: put the serverless.yml of the folder into the account's stand-in.

Like the real command, it takes keys and variables from its environment. SCF_DEPLOY_FAILS makes it
fail. If TOOLKIT_PROXY is set, the real command's engine first makes its calls through that proxy.
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
    # Imported only here, because it is slow and this process starts two dozen times in the tests.
    from tests.infra.test_toolkit import scf_deploy

    scf_deploy(proxy, Path("serverless.yml"), os.environ)
order = {"serverless_yml": str(Path("serverless.yml").resolve()), "environ": dict(os.environ)}
call("PUT", f"http://{os.environ['SCF_API_ENDPOINT']}/_control/deployed", order)
