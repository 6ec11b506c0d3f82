"""Make an HTML page from the OpenAPI document. It has no script and loads nothing."""

import html
import re
from collections.abc import Iterator
from typing import Any

from functions.gateway.problems import TITLES

Json = dict[str, Any]
SECURITY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
body { font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem;
  color: #1d2129; background: #fff }
h1 { font-size: 1.8rem } h2 { margin-top: 2.4rem; border-top: 1px solid #d8dce3; padding-top: 1rem }
code { font: .9em ui-monospace, monospace; background: #f1f3f6; padding: .1em .3em }
h2 code { background: none; padding: 0 }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem;
  border-bottom: 1px solid #e6e9ee }
a { color: #0b57d0 }
@media (prefers-color-scheme: dark) {
  body { color: #e3e6eb; background: #14171c } code { background: #242932 }
  h2 code { background: none }
  th, td, h2 { border-color: #343a45 } a { color: #8ab4f8 }
}
"""


def docs_page(document: Json) -> str:
    """Make the page from the document that ``openapi_document`` gives."""
    info = document["info"]
    parts = [f"<h1>{html.escape(info['title'])}</h1>", _prose(info["description"])]
    parts.append('<p>For programs: <a href="openapi.json">openapi.json</a></p>')
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict):
                parts += _operation(f"{method.upper()} {path}", operation, document)
    for operation in (one["post"] for one in document["webhooks"].values()):
        parts += _operation("Your callback URL", operation, document)
    parts.append("<h2>Types</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts += _type(name, schema)
    parts.append("<h2>Problems</h2>")
    parts.append(
        _table(
            (f'<code id="{code}">{code}</code>', html.escape(title))
            for code, title in TITLES.items()
        )
    )
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(info['title'])}</title><style>{STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def _operation(title: str, operation: Json, document: Json) -> Iterator[str]:
    yield f"<h2><code>{html.escape(title)}</code></h2>"
    yield f"<p><b>{html.escape(operation['summary'])}.</b></p>"
    yield _prose(operation.get("description", ""))
    rows = [_found(one, document) for one in operation.get("parameters", [])]
    if rows:
        yield _table(
            (f"<code>{one['name']}</code>", one["in"], _inline(one.get("description", "")))
            for one in rows
        )
    body = operation.get("requestBody")
    if body:
        yield f"<p>Body: {_content(body)}</p>"
    yield _table(
        (f"<b>{status}</b>", _inline(found["description"]), _content(found))
        for status, one in operation["responses"].items()
        for found in [_found(one, document)]
    )


def _type(name: str, schema: Json) -> Iterator[str]:
    yield f'<h3 id="{name}">{name}</h3>{_prose(schema.get("description", ""))}'
    needed = schema.get("required", [])
    yield _table(
        (
            f"<code>{html.escape(field)}</code>" + (" (needed)" if field in needed else ""),
            _kind(kind),
            _inline(kind.get("description", "")),
        )
        for field, kind in schema.get("properties", {}).items()
    )


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"<code>{html.escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if "items" in schema else "list"
    limit = f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return html.escape(str(schema.get("format") or schema.get("type", "")) + limit)


def _content(holder: Json) -> str:
    return ", ".join(_kind(one["schema"]) for one in holder.get("content", {}).values())


def _found(one: Json, document: Json) -> Json:
    """Resolve a ``$ref`` into the document; give anything else as it is."""
    if "$ref" not in one:
        return one
    *_, group, name = one["$ref"].split("/")
    found: Json = document["components"][group][name]
    return found


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return "<table>" + "".join(lines) + "</table>" if lines else ""


def _prose(text: str) -> str:
    return "".join(f"<p>{_inline(each)}</p>" for each in text.strip().split("\n\n") if each)


def _inline(text: str) -> str:
    """Render the little Markdown that our own texts use: bold, code and links."""
    shown = html.escape(text)
    shown = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", shown)
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", shown)
    return re.sub(r"\[([^\]]+)\]\((https://[^)]+)\)", r'<a href="\2">\1</a>', shown)
