"""Write and read the little XML that COS speaks."""

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
    """Write an element with text in it; a character that XML cannot hold becomes U+FFFD."""
    if _AS_IT_IS.fullmatch(value):
        return f"<{tag}>{value}</{tag}>"
    writable = _NOT_IN_XML.sub(_REPLACEMENT, value)
    return f"<{tag}>{escape(writable, {_RETURN: '&#13;'})}</{tag}>"


def node(tag: str, *children: str) -> str:
    """Write an element with other elements, already written, in it."""
    return f"<{tag}>{''.join(children)}</{tag}>"


def document(root: str, *children: str) -> bytes:
    """Write a whole document in UTF-8, with its XML declaration."""
    return (DECLARATION + node(root, *children)).encode()


def parsed(body: bytes, root: str) -> ET.Element | None:
    """Parse ``body`` and give its root element; None if it is not XML or not a ``root``.

    Namespaces are ignored, as COS does.
    """
    try:
        tree = ET.fromstring(body)  # noqa: S314  # loopback only, and expat >= 2.4 stops entity bombs
    except ET.ParseError:
        return None
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tree if tree.tag == root else None
