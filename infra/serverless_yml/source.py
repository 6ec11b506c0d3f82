"""Read serverless.yml as strict YAML, and resolve ``${env:X}`` as the deploy command does.

Sources: ``resolveVariables`` of serverless-cloud-framework 1.3.0 (it resolves only ``${env:X}``; an
unset one becomes the text "undefined"), and js-yaml, which refuses a duplicate key, of which PyYAML
would silently keep the last.
"""

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

try:  # libyaml's loader takes a tenth of the time; all of PyYAML's wheels have it
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")

Place = tuple[str | int, ...]


class DeploymentError(ValueError):
    """Report an error in the deployment file; the message starts with its place."""


def read(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Read the file's content with its variables resolved. Raises ``DeploymentError``."""
    try:
        document = yaml.load(path.read_text("utf-8"), Loader=_Strict)  # noqa: S506  # it is a SafeLoader
    except yaml.YAMLError as error:
        raise DeploymentError(f"{path.name}: {error}") from error
    if not isinstance(document, dict):
        raise DeploymentError(f"{path.name}: a mapping was expected")
    resolved: dict[str, Any] = _resolve(document, (), environ)
    return resolved


def spell(place: Place) -> str:
    """Format a place in the file, such as ``inputs.triggers[0].type``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def _resolve(node: Any, place: Place, environ: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _resolve(value, (*place, key), environ) for key, value in node.items()}
    if isinstance(node, list):
        return [_resolve(value, (*place, n), environ) for n, value in enumerate(node)]
    if isinstance(node, str):
        return _REFERENCE.sub(lambda found: _value(found[1], place, environ), node)
    return node


def _value(reference: str, place: Place, environ: Mapping[str, str]) -> str:
    name = _NAME.fullmatch(reference)
    if name is None:
        raise DeploymentError(
            f"{spell(place)}: only ${{env:NAME}} is resolved, not ${{{reference}}}"
        )
    if name[1] in environ:
        return environ[name[1]]
    if place[-1:] == ("value",) and "environments" in place:
        return "undefined"
    # The real command would deploy to a region or a bucket called "undefined".
    raise DeploymentError(f"{spell(place)}: {name[1]} is not set")


class _Strict(SafeLoader):
    """Load YAML, but raise ``DeploymentError`` for a duplicate key in a mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            where = f"line {node.start_mark.line + 1}"
            raise DeploymentError(f"{where}: {', '.join(map(str, sorted(twice)))} stands twice")
        return super().construct_mapping(node, deep)
