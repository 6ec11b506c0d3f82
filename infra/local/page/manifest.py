"""Read the app's commands, shortcuts and workflow steps from its manifest.

The page offers them in the composer and in menus, as Slack does. The manifest's form:
docs.slack.dev/reference/app-manifest.
"""

from pathlib import Path
from typing import Literal

import msgspec
import yaml

MANIFEST = Path(__file__).resolve().parents[2] / "slack" / "manifest.yml"


class Command(msgspec.Struct, kw_only=True):
    """Describe a slash command."""

    command: str
    description: str = ""
    usage_hint: str = ""


class Shortcut(msgspec.Struct, kw_only=True):
    """Describe a shortcut: a global one, or one in the menu of messages."""

    name: str
    type: Literal["global", "message"]
    callback_id: str
    description: str = ""


class Parameter(msgspec.Struct, kw_only=True):
    """Describe an input of a workflow step."""

    type: str
    title: str = ""
    description: str = ""
    is_required: bool = False


class Function(msgspec.Struct, kw_only=True):
    """Describe a workflow step."""

    title: str = ""
    description: str = ""
    input_parameters: dict[str, Parameter] = {}


class Features(msgspec.Struct, kw_only=True):
    """Hold the manifest's ``features``, as far as the page shows them."""

    slash_commands: list[Command] = []
    shortcuts: list[Shortcut] = []


class Manifest(msgspec.Struct, kw_only=True):
    """Hold the parts of the manifest that the page shows."""

    features: Features = msgspec.field(default_factory=Features)
    functions: dict[str, Function] = {}


def read(path: Path) -> Manifest:
    """Read the app's manifest; give an empty one where there is no file.

    Raises ``msgspec.ValidationError`` or ``yaml.YAMLError`` when it cannot be understood.
    """
    if not path.is_file():
        return Manifest()
    return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Manifest)
