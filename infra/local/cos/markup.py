"""The little XML that COS speaks, written and read."""

import re
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

DECLARATION = "<?xml version='1.0' encoding='utf-8' ?>\n"
# XML 1.0 has no way to write these, not even as a reference.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AS_IT_IS = re.compile("[ !-%'-;=?-~]*")  # most names, and nothing that has to be escaped
_REPLACEMENT = "\ufffd"
_RETURN = "\r"  # a parser would read a bare one as a line feed


def text(tag: str, value: str) -> str:
    """One element with text in it; what XML cannot hold becomes U+FFFD."""
    if _AS_IT_IS.fullmatch(value):
        return f"<{tag}>{value}</{tag}>"
    writable = _NOT_IN_XML.sub(_REPLACEMENT, value)
    return f"<{tag}>{escape(writable, {_RETURN: '&#13;'})}</{tag}>"


def node(tag: str, *children: str) -> str:
    """One element with elements in it."""
    return f"<{tag}>{''.join(children)}</{tag}>"


def document(root: str, *children: str) -> bytes:
    """A whole document in UTF-8."""
    return (DECLARATION + node(root, *children)).encode()


def parsed(body: bytes, root: str) -> ET.Element | None:
    """The root element of ``body``, or None if it is not XML or not a ``root``.

    A namespace is ignored, as COS does.
    """
    try:
        tree = ET.fromstring(body)  # noqa: S314  # loopback only, and expat >= 2.4 stops entity bombs
    except ET.ParseError:
        return None
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tree if tree.tag == root else None
