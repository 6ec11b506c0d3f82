"""Keep scenes: named wishes without a photo, of a person, a channel or the workspace.

Each is an object of its own, whose key is its place and its name: of two people who save a new one
at the same moment, one creates it, and readers get one or the other, never a mixture. A scene is
read only when a job is accepted: the job's wish has its values.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from functions.jobs.bucket import Bucket, KeyExists
from functions.jobs.bucket_layout import scene_key, scene_of_key
from functions.jobs.characters import fold, trimmed
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.records import Record, Records
from functions.jobs.wish import Logo, Resolution

NAME_CHARS = 30
SCENES_MOST = 30  # in one place: those of all three fit into one menu, which takes 100
_NAME = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


class Scene(Record, frozen=True, kw_only=True):
    """Hold a scene: ``by`` (a user id) made it, ``at`` (Unix seconds) it was last saved."""

    name: str
    prompt: str = ""
    template: str = ""
    avoid: str = ""
    resolution: Resolution | None = None
    logo: Logo | None = None
    by: str = ""
    at: float = 0.0

    def fields(self) -> dict[str, object]:
        """Give the fields of a wish that this scene sets."""
        size = self.resolution
        fields = {
            "prompt": "" if self.template else self.prompt,
            "template": self.template,
            "avoid": self.avoid,
            "resolution": size if size and size.is_in_range else None,  # it was when saved
            "logo": self.logo,
            "watermark": self.logo is not None,  # it takes the mark's place, so that must be on
        }
        return {name: value for name, value in fields.items() if value}

    def without_logo(self) -> "Scene":
        """Return the scene without its logo: pictures have aiart's mark again."""
        return replace(self, logo=None)


def scene_name(typed: str) -> str:
    """Read a scene's name, with case and width folded. Raises ``Refused`` unless it is one word."""
    name = unicodedata.normalize("NFC", trimmed(fold(typed).text))
    if len(name) > NAME_CHARS or not _NAME.fullmatch(name):
        raise Refused(Problem(ErrorCode.SCENE_NAME, "scene", {"most": NAME_CHARS}))
    return name


def find_scene(bucket: Bucket, typed: str, places: Sequence[str]) -> tuple[str, Scene]:
    """Find the scene of that name in the first of ``places`` that has one.

    Gives that place and the scene. Raises ``Refused``.
    """
    try:
        name = scene_name(typed)
    except Refused:
        name = ""
    for place in places if name else ():
        scene = Records(bucket).read_or_none(scene_key(place, name), Scene)
        if scene:
            return place, scene
    raise Refused(Problem(ErrorCode.SCENE_UNKNOWN, "scene", {"typed": typed[:40]}))


def scene_names(bucket: Bucket, place: str) -> list[str]:
    """List the names of a place's scenes, as LIST shows them."""
    names = (scene_of_key(row.key) for row in bucket.list(place))
    return sorted(name for name in names if name)


def read_scenes(bucket: Bucket, place: str, names: Iterable[str]) -> list[Scene]:
    """Read scenes by name; one that is gone, or that cannot be read, is left out."""
    found = (Records(bucket).read_or_none(scene_key(place, name), Scene) for name in names)
    return [scene for scene in found if scene]


def save_scene(
    bucket: Bucket, place: str, scene: Scene, *, may_change: Callable[[Scene], bool]
) -> bool:
    """Save a scene; True if it is new in ``place``. An existing one keeps its maker (``by``).

    Raises ``Refused`` if ``may_change`` is false of the existing one, or if the place is full.
    Scenes are counted by LIST: of two people who save the last one at once, both may succeed.
    """
    records, key = Records(bucket), scene_key(place, scene.name)
    before = records.read_or_none(key, Scene)
    if before is None and len(scene_names(bucket, place)) >= SCENES_MOST:
        raise Refused(Problem(ErrorCode.SCENES_TOO_MANY, "scene", {"most": SCENES_MOST}))
    if before is None:
        try:
            records.create(key, scene)
        except KeyExists:  # created just now, or unreadable
            before = records.read_or_none(key, Scene) or scene
        else:
            return True
    _check(before, may_change)
    records.write(key, replace(scene, by=before.by))
    return False


def rename_scene(
    bucket: Bucket, place: str, scene: Scene, new: str, *, may_change: Callable[[Scene], bool]
) -> None:
    """Give a scene another name. Raises ``Refused``, also where that name is taken there."""
    _check(scene, may_change)
    try:
        Records(bucket).create(scene_key(place, new), replace(scene, name=new))
    except KeyExists:
        raise Refused(Problem(ErrorCode.SCENE_EXISTS, "scene", {"name": new})) from None
    bucket.delete(scene_key(place, scene.name))


def delete_scene(
    bucket: Bucket, place: str, scene: Scene, *, may_change: Callable[[Scene], bool]
) -> None:
    """Delete a scene; jobs that were accepted with it stay as they are. Raises ``Refused``."""
    _check(scene, may_change)
    bucket.delete(scene_key(place, scene.name))


def _check(scene: Scene, may_change: Callable[[Scene], bool]) -> None:
    """Raise ``Refused`` for a scene that somebody may not change."""
    if not may_change(scene):
        raise Refused(Problem(ErrorCode.SCENE_NOT_YOURS, "scene", {"name": scene.name}))
