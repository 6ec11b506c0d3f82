"""What CAM was recorded to answer: our commands take it, and the stand-in says it."""

import json

from infra.deploy.cloud import connect
from infra.deploy.roles import changes
from infra.local.http import call
from infra.serverless_yml import policies
from tests.infra.account import Account
from tests.recorded import differences, read

ROLE = "BackdropWorker"


def test_a_recorded_role_is_read_although_its_slashes_are_escaped(account: Account) -> None:
    fault = {"op": "GetRole", "body": json.dumps(read("cam_getrole.json"))}
    call("POST", f"http://{account.at['cam-api']}/_control/faults", fault)
    found = [change.what for change in changes(connect(account.environ), {"worker": ROLE})]
    assert found == [f"policy {ROLE}", f"role {ROLE}: its policy"]  # it is ours to take


def test_the_stand_in_gives_the_recorded_role(account: Account) -> None:
    cloud = connect(account.environ)
    cloud.cam("CreateRole", RoleName=ROLE, PolicyDocument=json.dumps(policies.trust()))
    own = cloud.cam("GetRole", RoleName=ROLE)
    assert differences(read("cam_getrole.json")["Response"], own) == {}
