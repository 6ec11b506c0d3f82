"""Build a job from a client's request: check what needs no fetching, and list every problem."""

import base64
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from functions.gateway.problems import FieldProblem, field_problem
from functions.gateway.schemas import NewJob
from functions.jobs.bucket_layout import upload_key
from functions.jobs.errors import ErrorCode, Facts, Problem, Refused
from functions.jobs.model import Asker, BucketPhoto, Callback, Job, PhotoUrl, Source, Thread, Upload
from functions.jobs.shops import for_shop, parse_shops
from functions.jobs.url_policy import UrlPolicy, UrlRefused, parse_target
from functions.jobs.webhook_clients import Client
from functions.jobs.wish import (
    BACKGROUNDS,
    PACKSHOT_SIZE,
    Packshot,
    Wish,
    check_wish,
    find_template,
    parse_colour,
    parse_resolution,
)

T = TypeVar("T")
FindScene = Callable[[], Mapping[str, object]]  # gives the wish's fields that a scene sets
FIELDS = {"avoid": "negative_prompt"}  # from a wish's names to a client's, where they differ


class GatewayPolicy(msgspec.Struct, frozen=True):
    """Say what the operator allows: which URLs, pictures without the mark, logos in its place."""

    rules: UrlPolicy
    watermark_optional: bool
    scene_logos: bool = False


class JobDraft(msgspec.Struct, frozen=True):
    """Hold a checked job, and the bytes of the files that came with it, by their keys."""

    job: Job
    files: dict[str, bytes] = {}


class JobBuilder:
    """Make the draft of one item, whose JSON pointer is ``pointer``.

    After ``draft``, ``problems`` lists all that is wrong.
    """

    def __init__(self, client: Client, policy: GatewayPolicy, asked: NewJob, pointer: str) -> None:
        self.problems: list[FieldProblem] = []
        self._client = client
        self._policy = policy
        self._asked = asked
        self._pointer = pointer

    def draft(
        self, job_id: str, upload: Upload, *, find_scene: FindScene, now: float
    ) -> JobDraft | None:
        """Make the draft; None if there are problems. ``now`` is in Unix seconds."""
        asked, files = self._asked, dict[str, bytes]()
        wish = self._wish(find_scene)
        photo = self._source(
            "image", asked.image_url, asked.image, upload_key(job_id, "photo"), files
        )
        mask = self._source("mask", asked.mask_url, asked.mask, upload_key(job_id, "mask"), files)
        if photo is None and not asked.image_url and not asked.image:
            self._problem("image_url", Problem(ErrorCode.PHOTO_MISSING))
        thread, callback = self._thread(), self._callback()
        if self.problems or wish is None or photo is None:
            return None
        job = Job(
            id=job_id,
            gesture="webhook",
            created_at=now,
            wish=wish,
            photo=photo,
            mask=mask,
            asker=Asker(client=self._client.name, language=asked.language),
            thread=thread,
            upload=upload,
            callback=callback,
            reference=asked.reference,
        )
        return JobDraft(job, files)

    # --- the wish

    def _wish(self, find_scene: FindScene) -> Wish | None:
        asked = self._asked
        size = self._tried(lambda: parse_resolution(asked.resolution)) if asked.resolution else None
        template = self._tried(lambda: find_template(asked.template)) if asked.template else None
        packshot = self._tried(self._packshot) if asked.packshot else None
        if asked.packshot and packshot is None:
            return None
        if not asked.watermark and not self._policy.watermark_optional:
            self._problem("watermark", Problem(ErrorCode.WATERMARK_FIXED))
        elif not asked.watermark and not self._client.agrees_to_unmarked:
            self._problem("watermark", Problem(ErrorCode.WATERMARK_NOT_AGREED))
        if asked.template and template is None and not asked.prompt:
            return None  # the unknown name is the problem: do not report missing words, too
        scene = self._tried(find_scene) if asked.scene else {}
        if scene is None:
            return None
        scene = self._as_allowed(scene, is_painted=packshot is None)
        if asked.prompt or asked.template or packshot:
            scene = {name: said for name, said in scene.items() if name not in BACKGROUNDS}
        fields = {
            "prompt": asked.prompt,
            "template": template.name if template else "",
            "avoid": asked.negative_prompt,
            "product": asked.product,
            "resolution": size or (PACKSHOT_SIZE if packshot else None),
            "packshot": packshot,
        }
        said = {name: value for name, value in fields.items() if value}
        watermark = asked.watermark or packshot is not None
        wish = msgspec.structs.replace(Wish(watermark=watermark), **{**scene, **said})
        return self._tried(lambda: check_wish(self._in_size(wish)))

    def _in_size(self, wish: Wish) -> Wish:
        """Give the wish in the size of the shop that is named. Raises ``Refused``."""
        asked = self._asked
        if not asked.shop:
            return wish
        if asked.resolution:
            both: Facts = {"rule": "and-size", "typed": asked.shop[:40]}
            raise Refused(Problem(ErrorCode.SHOP_UNKNOWN, "shop", both))
        try:
            (shop,) = parse_shops(asked.shop)
        except ValueError:  # unknown, or several
            facts: Facts = {"typed": asked.shop[:40]}
            raise Refused(Problem(ErrorCode.SHOP_UNKNOWN, "shop", facts)) from None
        says_fill = asked.packshot is not None and asked.packshot.fill is not msgspec.UNSET
        return for_shop(wish, shop, keeps_fill=says_fill)

    def _packshot(self) -> Packshot | None:
        """Make the packshot that is asked for; None without one. Raises ``Refused``."""
        asked = self._asked.packshot
        if asked is None:
            return None
        colour = parse_colour(asked.background)
        fill = Packshot().fill if asked.fill is msgspec.UNSET else asked.fill
        return Packshot(background=colour, fill=fill, shadow=asked.shadow)

    def _as_allowed(self, scene: Mapping[str, object], *, is_painted: bool) -> Mapping[str, object]:
        """Remove a scene's logo unless it may stand in the mark's place; note a missing agreement.

        It may where the picture is painted and marked, and the operator allows logos.
        """
        if "logo" not in scene:
            return scene
        allowed = self._policy.watermark_optional and self._policy.scene_logos
        has_logo = allowed and self._asked.watermark and is_painted
        if has_logo and not self._client.agrees_to_unmarked:
            self._problem("scene", Problem(ErrorCode.WATERMARK_NOT_AGREED))
        left_out = {"watermark"} if has_logo else {"watermark", "logo"}
        return {name: said for name, said in scene.items() if name not in left_out}

    def _tried(self, build: Callable[[], T]) -> T | None:
        try:
            return build()
        except Refused as refused:
            for problem in refused.problems:
                self._problem(FIELDS.get(problem.field, problem.field), problem)
        return None

    # --- the files

    def _source(
        self, name: str, url: str, encoded: str, key: str, files: dict[str, bytes]
    ) -> Source | None:
        """Find the photo or the mask: at an address, or in the request (put in ``files``)."""
        if url and encoded:
            self._add(name, "given_twice", f"Give either {name}_url or {name}, not both.")
        elif url and self._is_allowed(f"{name}_url", url):
            return PhotoUrl(url=url)
        elif encoded:
            try:
                files[key] = base64.b64decode(encoded, validate=True)
            except ValueError:  # binascii.Error, and what is not ASCII
                self._add(name, "not_base64", "This is not plain Base64.")
            else:
                return BucketPhoto(key=key)
        return None

    def _is_allowed(self, name: str, url: str) -> bool:
        try:
            parse_target(url, self._policy.rules)
        except UrlRefused as error:
            self._add_rule(name, error)
            return False
        return True

    # --- where it goes

    def _thread(self) -> Thread | None:
        place = self._asked.deliver.slack
        if place is None:
            return None
        if place.channel not in self._client.channels:
            self._problem("deliver/slack/channel", Problem(ErrorCode.CHANNEL_NOT_ALLOWED))
        return Thread(channel=place.channel, thread_ts=place.thread_ts)

    def _callback(self) -> Callback | None:
        name, url = "deliver/callback_url", self._asked.deliver.callback_url
        if not url:
            return None
        try:
            host = parse_target(url, self._policy.rules).host
        except UrlRefused as error:
            self._add_rule(name, error)
            return None
        if host not in self._client.callback_hosts:
            self._add(name, "host_not_allowed", "This client is not called back at that host.")
        return Callback(url=url)

    # --- problems

    def _problem(self, name: str, problem: Problem) -> None:
        self.problems.append(field_problem(f"{self._pointer}/{name}", problem))

    def _add_rule(self, name: str, error: UrlRefused) -> None:
        self._add(name, error.rule, f"This address may not be called ({error.rule}).")

    def _add(self, name: str, code: str, detail: str) -> None:
        self.problems.append(
            FieldProblem(f"{self._pointer}/{name}", code.replace("-", "_"), detail)
        )
