"""The roles: each function may do exactly what it does when the whole system runs."""

import base64
import io
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from functions.config import SETTINGS_TOML
from functions.jobs.links import Links
from functions.self_check import EVENT
from functions.web.self_check import HEADER, PATH, signed
from infra.dotenv import SERVERLESS_YML
from infra.local import one_job, polling
from infra.local.http import call, read
from infra.local.polling import until
from infra.local.slack.world import MERCHANDISER_ID, PRODUCT_PHOTOS_ID, TEAM_ID
from infra.local.stack import BUCKET, REGION, Options, Stack, running
from infra.package.build import BOOTSTRAP
from infra.serverless_yml import read as read_deployment
from infra.serverless_yml.policies import FUNCTIONS, LIST, Permission, granted, policy, trust
from tests.bot.looking import menu_entry
from tests.gateway.program import Program
from tests.infra.permissions import (
    OLD_POLICIES,
    beyond_the_policies,
    missing,
    needed,
    unused,
    used,
)
from tests.worker.conftest import photo_bytes

pytestmark = pytest.mark.timeout(300)  # its day takes a minute, and twice that beside others

HERE = {"channel": PRODUCT_PHOTOS_ID}
ROOT = SETTINGS_TOML.parent
LINK_SECRET = "a-secret-for-the-links-of-this-test"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole system, after one of everything that makes its functions call COS or aiart."""
    folder = tmp_path_factory.mktemp("photos")
    environ = {
        "LINK_SECRETS": LINK_SECRET,
        "QUOTA_PER_USER_PER_DAY": "50",
        "ADMIN_CHANNEL": PRODUCT_PHOTOS_ID,
        "WATERMARK_OPTIONAL": "1",
    }
    code = _code_that_allows_logos(tmp_path_factory.mktemp("code"))
    options = Options(aiart_s=0.2, paint=False, minute_s=3.0, environ=environ, code_dir=code)
    with pytest.MonkeyPatch.context() as patch, running(options) as started:
        patch.setattr(polling, "LOOK_EVERY_S", polling.LOOK_SELDOM_S)  # a look takes many calls
        _a_photo_with_its_mask_while_aiart_is_busy(started, folder)
        _links(started)
        _the_same_event_again(started)
        _a_file_that_is_no_photo(started, folder)
        _words_without_a_photo_and_words_that_aiart_refuses(started, folder)
        _an_account_that_aiart_refuses_for_a_while(started, folder)
        _a_program_that_asks_looks_and_deletes(started)
        _a_person_who_presses_buttons(started, folder)
        _a_scene_with_a_logo(started, folder)
        _words_for_a_photo_above_that_did_not_mention_us(started)
        _a_cancel_of_what_nobody_has_accepted(started)
        _a_worker_that_is_silent(started, folder)
        _functions_that_look_at_themselves(started)
        yield started


def _code_that_allows_logos(folder: Path) -> Path:
    """What a package holds of ours, with a choice of the operator's."""
    for name in ("bot", "functions"):
        shutil.copytree(ROOT / name, folder / name)  # with what is compiled: functions write none
    shutil.copy(ROOT / BOOTSTRAP, folder)
    choices = "scene_logos = true\nworker_silent_after_s = 60\n"  # the least
    (folder / SETTINGS_TOML.name).write_text(choices)
    return folder


def _functions_that_look_at_themselves(stack: Stack) -> None:
    for function in ("bot", "gateway"):
        signature = signed(LINK_SECRET, function, now=time.time())
        url = f"http://{stack.addresses[function]}{PATH}"
        answer = requests.get(url, headers={HEADER: signature}, timeout=20)
        assert answer.json()["bucket"]["delete"] == "done"

    def looked() -> bool:
        """As soon as the worker, of which there is one, is free."""
        ran = call("POST", f"http://{stack.addresses['scf']}/invoke/worker", EVENT)
        return "result" in ran and ran["result"]["bucket"]["delete"] == "done"

    until(looked, what="the worker to look at itself")


def _control(stack: Stack, name: str, method: str, path: str, body: object = None) -> Any:
    return call(method, f"http://{stack.addresses[name]}/_control/{path}", body)


def _ask(stack: Stack, folder: Path, name: str, *, mask: bool = False) -> list[dict[str, Any]]:
    """What is told after a photo of that name was posted."""
    photo = folder / name
    photo.write_bytes(b"%PDF-1.7" if name.endswith(".pdf") else photo_bytes())
    outline = folder / "mask.png"
    Image.new("L", (320, 240), 0).save(outline)
    with Image.open(outline) as drawn:
        drawn.paste(255, (80, 60, 240, 200))
        drawn.save(outline)
    wanted = one_job.Wanted(photos=[photo], prompt=name, mask=outline if mask else None)
    ts = one_job.ask(stack, wanted)
    messages = one_job.wait_for_answers(stack, ts, 1, limit_s=60)
    return [message for message in messages if one_job.kind_of(message) == "backdrop_told"]


def _a_photo_with_its_mask_while_aiart_is_busy(stack: Stack, folder: Path) -> None:
    busy = {"op": "ReplaceBackground", "error": "RequestLimitExceeded.JobNumExceed"}
    _control(stack, "aiart", "POST", "faults", busy)
    (told,) = _ask(stack, folder, "vase.jpg", mask=True)
    read(one_job.full_size_link(told))


def _links(stack: Stack) -> None:
    """The preview's, the original's, and one to a picture that is listed by its step only."""
    (done,) = _control(stack, "cos", "GET", "objects?prefix=done/")
    job_id = done["key"].removeprefix("done/").removesuffix(".json")
    links = Links(f"http://{stack.addresses['gateway']}", (LINK_SECRET,))
    read(links.picture(job_id, "preview.jpg"))
    read(links.picture(job_id, "before"))  # lies where it was staged, not among the results
    with pytest.raises(OSError, match="404"):
        read(links.picture("a" * 20, "preview.jpg"))


def _the_same_event_again(stack: Stack) -> None:
    """After the end, and twice at once, so that one of the two meets the other's request."""
    rows = _control(stack, "slack", "GET", "deliveries")["deliveries"]
    event_id = next(row["event_id"] for row in rows if row["type"] == "app_mention")
    again = {"event_id": event_id, "times": 6, "new_event_id": True}
    _control(stack, "cos", "PUT", "settings", {"trigger_delay_s": 2.0})
    _control(stack, "slack", "POST", "redeliver", again)
    _control(stack, "cos", "PUT", "settings", {"trigger_delay_s": 0.0})
    until(
        lambda: not _control(stack, "cos", "GET", "objects?prefix=requests/"),
        what="the open queue to be empty",
    )


def _a_file_that_is_no_photo(stack: Stack, folder: Path) -> None:
    assert len(_ask(stack, folder, "price-list.pdf")) == 1


def _words_without_a_photo_and_words_that_aiart_refuses(stack: Stack, folder: Path) -> None:
    ts = one_job.ask(stack, one_job.Wanted(photos=[], prompt="only words"))
    one_job.wait_for_answers(stack, ts, 1, limit_s=60)
    refusal = {"op": "ReplaceBackground", "error": "OperationDenied.TextIllegalDetected"}
    _control(stack, "aiart", "POST", "faults", refusal)
    assert len(_ask(stack, folder, "plate.jpg")) == 1


def _an_account_that_aiart_refuses_for_a_while(stack: Stack, folder: Path) -> None:
    arrears = {"op": "ReplaceBackground", "error": "ResourceUnavailable.InArrears"}
    _control(stack, "aiart", "POST", "faults", arrears)
    photo = folder / "cup.jpg"
    photo.write_bytes(photo_bytes())
    ts = one_job.ask(stack, one_job.Wanted(photos=[photo], prompt="in arrears"))
    state = "objects?prefix=state/account"
    until(lambda: _control(stack, "cos", "GET", state), what="the refusal to be written down")
    # A wait of three minutes cut short: the next run finds that it may try again.
    key = "object?key=state/account.json&quiet=1"
    kept = _control(stack, "cos", "GET", key)
    _control(stack, "cos", "PUT", key, {**kept, "next_try": 0})
    one_job.wait_for_answers(stack, ts, 1, limit_s=60)
    until(lambda: not _control(stack, "cos", "GET", state), what="the refusal to be forgotten")


def _a_program_that_asks_looks_and_deletes(stack: Stack) -> None:
    at = stack.addresses["gateway"]
    program = Program(at, stack.webhook_secret)
    photo = base64.b64encode(photo_bytes()).decode()
    wish = {"image": photo, "prompt": "by webhook", "watermark": False}
    back = {"deliver": {"callback_url": f"http://{at}/healthz"}}
    one = program.send({**wish, **back}, webhook_id="msg_once").json()
    program.send({**wish, **back}, webhook_id="msg_once")
    batch = program.send({"jobs": [wish]}, "/v1/batches").json()
    program.send({**wish, "prompt": "", "scene": "none", "deliver": {"slack": HERE}})
    for asked in (one, batch):
        assert program.status(asked["status_url"]).status_code == 200
    done = f"objects?prefix=done/{one['id']}"
    until(lambda: _control(stack, "cos", "GET", done), what="the webhook's job to end")
    program.status(one["status_url"])
    program.delete(one["id"])
    pictures = f"objects?prefix=results/{one['id']}"
    until(lambda: not _control(stack, "cos", "GET", pictures), what="the picture to be swept up")
    due = "objects?prefix=callbacks/"
    until(lambda: not _control(stack, "cos", "GET", due), what="the callback to be delivered")


def _a_person_who_presses_buttons(stack: Stack, folder: Path) -> None:
    person: dict[str, str] = {"user": MERCHANDISER_ID}
    _client(stack, "home", person)
    _client(stack, "commands", {**person, **HERE, "command": "/backdrop", "text": "auto on"})
    _client(stack, "commands", {**person, **HERE, "command": "/backdrop", "text": "auto off"})
    for typed in ("save workspace summer on a beach", "rename summer august", "delete august"):
        _client(
            stack, "commands", {**person, **HERE, "command": "/backdrop", "text": f"scene {typed}"}
        )
    (told,) = _ask(stack, folder, "pressed.jpg")
    thread = {**person, **HERE, "thread_ts": told["thread_ts"]}
    _client(stack, "messages", {**thread, "text": "@Backdrop on a red carpet"})
    _press(stack, told, "again")
    several = until(
        lambda: found if len(found := _told_in(stack, told)) >= 3 else [],
        what="a picture by words and one by the button",
    )
    _a_zip_that_fails_once(stack)
    for one in several:
        _delete(stack, one)
    until(lambda: not _told_in(stack, told), what="the deleted pictures' messages to go")
    until(
        lambda: not _control(stack, "cos", "GET", "objects?prefix=tombstones/"),
        what="the deletion to be done",
    )


def _a_scene_with_a_logo(stack: Stack, folder: Path) -> None:
    """Of somebody who has agreed to pictures without the mark, which it takes the place of."""
    person: dict[str, str] = {"user": MERCHANDISER_ID}
    agreed = f"object?key=settings/people/{TEAM_ID}/{MERCHANDISER_ID}.json&quiet=1"
    _control(stack, "cos", "PUT", agreed, {"agreed_unmarked_at": 1.0})
    for typed in ("save lit by day --size 1:1", "logo lit"):
        _client(
            stack, "commands", {**person, **HERE, "command": "/backdrop", "text": f"scene {typed}"}
        )
    logo = io.BytesIO()
    Image.new("RGB", (64, 32), "red").save(logo, "PNG")
    url = f"http://{stack.addresses['slack']}/_client/files?user={MERCHANDISER_ID}&name=logo.png"
    file_id = call("POST", url, logo.getvalue())["file_id"]
    shown = f"http://{stack.addresses['slack']}/_client/views?user={MERCHANDISER_ID}"
    view = call("GET", shown)["modal"]
    values = {
        "logo": {"field": {"files": [file_id]}},
        "corner": {"field": {"selected_option": "top-left"}},
        "share": {"field": {"selected_option": "20"}},
    }
    sent = {**person, "view_id": view["id"], "values": values}
    assert _client(stack, "views/submit", sent)["ok"]
    photo = folder / "with-a-logo.jpg"
    photo.write_bytes(photo_bytes())
    ts = one_job.ask(stack, one_job.Wanted(photos=[photo], prompt="--scene lit"))
    one_job.wait_for_answers(stack, ts, 1, limit_s=60)
    painted = [one["detail"] for one in _control(stack, "aiart", "GET", "calls")]
    assert any(one.get("has_logo") for one in painted)


def _words_for_a_photo_above_that_did_not_mention_us(stack: Stack) -> None:
    """The bot looks which job was made of it last; none was."""
    person: dict[str, str] = {"user": MERCHANDISER_ID}
    url = f"http://{stack.addresses['slack']}/_client/files?user={MERCHANDISER_ID}&name=jug.jpg"
    file_id = call("POST", url, photo_bytes())["file_id"]
    posted = {**person, **HERE, "text": "the new jug", "file_ids": [file_id]}
    ts = str(_client(stack, "messages", posted)["ts"])
    _client(stack, "messages", {**person, **HERE, "thread_ts": ts, "text": "@Backdrop in snow"})
    one_job.wait_for_answers(stack, ts, 1, limit_s=60)


def _a_zip_that_fails_once(stack: Stack) -> None:
    """So that its upload is aborted; the second try's link is opened."""
    _control(stack, "cos", "POST", "faults", {"op": "PUT_PART", "status": 500, "times": 4})
    typed = {"user": MERCHANDISER_ID, **HERE, "command": "/backdrop", "text": "zip"}
    _client(stack, "commands", typed)

    def zipped() -> str:
        rows = _control(stack, "cos", "GET", "objects?prefix=done/")
        records = [_control(stack, "cos", "GET", f"object?key={row['key']}") for row in rows]
        found = [one["job"]["id"] for one in records if one.get("job", {}).get("gesture") == "zip"]
        return found[0] if found else ""

    job_id = until(zipped, what="the zip to be told")
    links = Links(f"http://{stack.addresses['gateway']}", (LINK_SECRET,))
    read(links.picture(job_id, "pictures.zip"))


def _a_cancel_of_what_nobody_has_accepted(stack: Stack) -> None:
    """The worker looks how old it is, and keeps it for an hour."""
    stray = f"tombstones/{'a' * 20}/cancel.json"
    key = f"object?key={stray}&quiet=1"
    _control(stack, "cos", "PUT", key, {"by": MERCHANDISER_ID, "at": time.time()})
    _wait_until_used(stack, "worker", needed("GET", stray))


def _a_worker_that_is_silent(stack: Stack, folder: Path) -> None:
    """No instance is to be had; the bot tells of it, at its second try, and the gateway says so."""
    _control(stack, "scf", "PUT", "functions/worker", {"instances": 0})
    until(lambda: not _is_working(stack), what="the worker's run to end")
    rows = _control(stack, "cos", "GET", "objects?prefix=done/")
    records = {
        row["key"]: _control(stack, "cos", "GET", f"object?key={row['key']}") for row in rows
    }
    key, job = next((key, one["job"]) for key, one in records.items() if "job" in one)
    old = "quiet=1&age_s=900"
    request = key.replace("done/", "requests/")  # a deleted picture's record has lost its job
    _control(stack, "cos", "PUT", f"object?key={request}&{old}", job)  # done, but not closed
    for row in _control(stack, "cos", "GET", "objects?prefix=state/"):
        record = _control(stack, "cos", "GET", f"object?key={row['key']}")
        _control(stack, "cos", "PUT", f"object?key={row['key']}&{old}", record)
    _control(stack, "slack", "POST", "faults", {"op": "chat.postMessage", "error": "fatal_error"})
    photo = folder / "kept.jpg"
    photo.write_bytes(photo_bytes())
    for call_of_cos in ("DELETE", "PUT"):
        _ask_until_used(stack, photo, needed(call_of_cos, "state/worker-silent.json"))
    with pytest.raises(OSError, match="503"):
        read(f"http://{stack.addresses['gateway']}/healthz")
    _control(stack, "scf", "PUT", "functions/worker", {"instances": 1})
    until(
        lambda: not _control(stack, "cos", "GET", "objects?prefix=requests/"),
        what="what was kept to be done",
        limit_s=90,
    )


def _ask_until_used(stack: Stack, photo: Path, permission: Permission) -> None:
    """Again every few seconds: the bot does not look at a worker that was well a moment ago."""
    asked = [0.0]

    def is_used() -> bool:
        if permission in used(stack)["bot"]:
            return True
        if time.monotonic() - asked[-1] > 4:
            one_job.ask(stack, one_job.Wanted(photos=[photo], prompt="kept for now"))
            asked.append(time.monotonic())
        return False

    until(is_used, what=f"bot to use {permission}")


def _wait_until_used(stack: Stack, function: str, permission: Permission) -> None:
    until(lambda: permission in used(stack)[function], what=f"{function} to use {permission}")


def _is_working(stack: Stack) -> bool:
    invocations = _control(stack, "scf", "GET", "invocations")
    return any(one["function"] == "worker" and one["status"] == 0 for one in invocations)


def _told_in(stack: Stack, told: dict[str, Any]) -> list[dict[str, Any]]:
    return [m for m in _thread(stack, told) if one_job.kind_of(m) == "backdrop_told"]


def _thread(stack: Stack, told: dict[str, Any]) -> list[dict[str, Any]]:
    return one_job.thread_of(stack, told["thread_ts"])


def _client(stack: Stack, what: str, body: dict[str, Any]) -> Any:
    return call("POST", f"http://{stack.addresses['slack']}/_client/{what}", body)


def _delete(stack: Stack, told: dict[str, Any]) -> None:
    """By the menu, which asks first."""
    shown = next(m for m in _thread(stack, told) if m["ts"] == told["ts"])
    _press(stack, told, "more", selected_option=menu_entry(shown["blocks"], "delete"))
    where = f"http://{stack.addresses['slack']}/_client/views?user={MERCHANDISER_ID}"
    asked = call("GET", where)["modal"]
    sent = {"user": MERCHANDISER_ID, "view_id": asked["id"], "values": {}}
    _client(stack, "views/submit", sent)


def _press(stack: Stack, told: dict[str, Any], action_id: str, **choice: Any) -> None:
    shown = next(m for m in _thread(stack, told) if m["ts"] == told["ts"])
    block_id = next(
        block["block_id"]
        for block in shown["blocks"]
        if action_id in {one.get("action_id") for one in block.get("elements", [])}
    )
    where = {**HERE, "message_ts": told["ts"], "block_id": block_id, "action_id": action_id}
    _client(stack, "actions", {"user": MERCHANDISER_ID, **where, **choice})


def test_no_function_needs_more_than_its_policy_allows(stack: Stack) -> None:
    assert beyond_the_policies(stack) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_policy_allows_what_its_function_never_does(stack: Stack, function: str) -> None:
    document = policy(function, bucket=BUCKET, region=REGION)
    needless = unused(document, used(stack)[function])
    assert not needless, f"infra/roles/{function}.json allows too much"


# --- the policies themselves


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_names_one_bucket_and_never_everything(function: str) -> None:
    document = policy(function, bucket="shop-1250000000", region="ap-shanghai")
    assert document["version"] == "2.0"
    for statement in document["statement"]:
        assert statement["effect"] == "allow"
        assert not any("*" in action for action in statement["action"])
        for resource in statement["resource"]:
            prefix = "qcs::cos:ap-shanghai:uid/1250000000:shop-1250000000/"
            assert resource.startswith(prefix) or statement["action"] == ["aiart:ReplaceBackground"]
    assert all(one.place for one in granted(document))


def test_nothing_that_makes_a_late_redelivery_harmless_can_be_deleted() -> None:
    for function in FUNCTIONS:
        document = policy(function, bucket=BUCKET, region=REGION)
        delete = [one.place for one in granted(document) if "Delete" in one.action]
        assert not any("done/".startswith(place.rstrip("*")) for place in delete)


def test_there_is_a_policy_for_every_role_of_serverless_yml() -> None:
    environ = {"COS_BUCKET": BUCKET, "COS_REGION": REGION}
    assert set(read_deployment(SERVERLESS_YML, environ).functions) == set(FUNCTIONS)


def test_only_scf_may_take_the_roles() -> None:
    (statement,) = trust()["statement"]
    assert statement["principal"] == {"service": ["scf.qcloud.com"]}
    assert statement["action"] == ["name/sts:AssumeRole"]


def test_a_call_outside_a_prefix_is_found_missing() -> None:
    document = policy("gateway", bucket=BUCKET, region=REGION)
    calls = [needed("GET", "results/a/picture.jpg"), needed("GET", "people/T1/U1/x")]
    assert missing(document, calls) == [Permission("name/cos:GetObject", "people/T1/U1/x")]
    listing = [needed("LIST", "requests/"), needed("LIST", "people/")]
    worker = policy("worker", bucket=BUCKET, region=REGION)
    assert missing(worker, listing) == [Permission(LIST, "people%2F")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_listing_is_allowed_by_its_prefix_as_it_is_sent(function: str) -> None:
    places = [
        one.place
        for one in granted(policy(function, bucket=BUCKET, region=REGION))
        if one.action == LIST
    ]
    assert places
    assert all(re.fullmatch(r"[a-z]+%2F\*", place) for place in places), places


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_old_policies_allowed_none_of_the_listings_that_are_needed(
    stack: Stack, function: str
) -> None:
    old = policy(function, bucket=BUCKET, region=REGION, folder=OLD_POLICIES)
    made = used(stack)[function]
    listings = {one for one in made if one.action == LIST}
    assert listings
    assert listings <= set(missing(old, made))
