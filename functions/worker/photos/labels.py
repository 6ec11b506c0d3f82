"""Write into a picture's metadata how it was made, and remove private data. Pixels stay the same.

The label is two properties of the XMP packet: ``TC260:AIGC`` (the implicit label of GB 45438-2025)
for what AI has painted, and IPTC's ``DigitalSourceType`` for everything that we have made. A
property that is there already stays as it is, and ours is not added. Where a photo was taken, its
owner and the camera's numbers are removed; other metadata stays. For readers: docs/labels.md.
"""

import operator
import re
from collections.abc import Mapping, Sequence
from xml.parsers import expat
from xml.sax.saxutils import escape

import msgspec

from functions.worker.photos import tiff_tags
from functions.worker.photos.metadata import Form, Part, form_of, metadata_of

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
PAINTED, CUT = "compositeWithTrainedAlgorithmicMedia", "algorithmicallyEnhanced"
_AIGC, _SOURCE_TYPE = "TC260:AIGC", "Iptc4xmpExt:DigitalSourceType"
_NAMESPACES = (
    ("TC260", "http://www.tc260.org.cn/ns/AIGC/1.0/"),
    ("Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
)
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
    '%s</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
_PACKETS = frozenset({"xmp", "more-xmp"})
_END_OF_RDF = re.compile(rb"</([A-Za-z_][\w.-]*):RDF\s*>")
_ABOUT = re.compile(rb":about\s*=\s*(\"[^\"]*\"|'[^']*')")
_END_OF_PACKET = b"<?xpacket end"
_XML_TEXT = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]{1,8000}")
_AIGC_ELSEWHERE = re.compile(rb'"AIGC"\s*:\s*(\{[^{}]*\})')
_PRIVATE = (
    rb"(?P<name>[\w.-]+:(?:GPS\w*|(?:Body|Lens|Camera|Internal)?SerialNumber|(?:Camera)?OwnerName))"
)
_PRIVATE_XMP = re.compile(
    rb"<" + _PRIVATE + rb"(?:\s[^<>]*)?(?:/>|>.*?</(?P=name)\s*>)"
    rb"|(?<=\s)" + _PRIVATE.replace(b"?P<name>", b"?:") + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')",
    re.DOTALL,
)


class Label(msgspec.Struct, frozen=True):
    """Say how we have made a file: AI has ``painted`` it, or it was only cut out.

    ``producer`` and ``propagator`` are the operator's names for who makes and who distributes
    pictures, ``number`` is our id of this one.
    """

    painted: bool
    number: str = ""
    producer: str = ""
    propagator: str = ""

    def properties(self) -> dict[str, str]:
        """Give the label's XMP properties by their names."""
        source_type = SOURCE_TYPES + (PAINTED if self.painted else CUT)
        if not self.painted:
            return {_SOURCE_TYPE: source_type}
        fields = {  # GB 45438-2025: all seven, in this order
            "Label": "1",
            "ContentProducer": self.producer,
            "ProduceID": self.number,
            "ReservedCode1": "",
            "ContentPropagator": self.propagator,
            "PropagateID": self.number if self.propagator else "",
            "ReservedCode2": "",
        }
        return {_AIGC: msgspec.json.encode(fields).decode(), _SOURCE_TYPE: source_type}


def labelled(data: bytes, label: Label | None) -> bytes:
    """Return a file with its label, and without private data in its metadata.

    ``label`` is None for a file that we have not made: its own label stays. Raises ``ValueError``
    for a file that can hold no label: one that is no JPEG, PNG or WebP.
    """
    form = form_of(data)
    if form is None:
        raise ValueError("no JPEG, PNG or WebP")
    before = form.parts(data)
    parts = [_discreet(form, part) for part in before if part.kind != "copy"]
    properties = label.properties() if label else {}
    missing = {name: value for name, value in properties.items() if not _is_said(name, parts)}
    if missing:
        parts = _added(form, parts, missing)
    is_same = len(parts) == len(before) and all(map(operator.is_, parts, before))
    return data if is_same else form.joined(parts)


def own_label(data: bytes) -> dict[str, str]:
    """Read a photo's own AI label as XMP properties; empty if it has none.

    Re-encoding loses it, so ``carried`` puts it into the files that were made of the photo.
    """
    for part in metadata_of(data):
        if _says_aigc(part.content):
            found = _properties_in(part.content) if part.kind == "xmp" else {}
            elsewhere = _AIGC_ELSEWHERE.search(part.content.replace(b"\0", b""))
            if not found and elsewhere:
                found = {_AIGC: elsewhere[1].decode("utf-8", "replace")}
            return {name: value for name, value in found.items() if _XML_TEXT.fullmatch(value)}
    return {}


def carried(data: bytes, label: Mapping[str, str]) -> bytes:
    """Return a file with ``label``: that of its photo, as ``own_label`` has read it.

    A file that says so already, or is no JPEG, PNG or WebP, is returned as it is.
    """
    form = form_of(data)
    parts = form.parts(data) if form else []
    missing = {name: value for name, value in label.items() if not _is_said(name, parts)}
    return form.joined(_added(form, parts, missing)) if form and missing else data


# --- what is there


def _is_said(name: str, parts: Sequence[Part]) -> bool:
    if name == _AIGC:
        return any(_says_aigc(part.content) for part in parts)
    return any(  # a signed manifest says it too, and a change would make its signature void
        part.kind == "signed"
        or (part.kind in _PACKETS and b":DigitalSourceType" in part.content.replace(b"\0", b""))
        for part in parts
    )


def _says_aigc(content: bytes) -> bool:
    """Say whether metadata holds the implicit label: in XMP, EXIF or text, in UTF-8 or UTF-16."""
    plain = content.replace(b"\0", b"")
    return b"AIGC" in plain and b"ContentProducer" in plain


def _properties_in(packet: bytes) -> dict[str, str]:
    """Read the label's two properties from a packet, as elements or as attributes."""
    found = dict[str, str]()
    wanted = {
        f"{dict(_NAMESPACES)[name.split(':')[0]]} {name.split(':')[1]}": name
        for name in (_AIGC, _SOURCE_TYPE)
    }
    open_elements = list[str]()

    def start(element: str, attributes: Mapping[str, str]) -> None:
        open_elements.append(element)
        for attribute, value in attributes.items():
            if attribute in wanted:
                found.setdefault(wanted[attribute], value)

    def text(said: str) -> None:
        name = wanted.get(open_elements[-1]) if open_elements else None
        if name:
            found[name] = found.get(name, "") + said

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.CharacterDataHandler = text
    return found if _is_sound(packet, parser) else {}


def _is_sound(packet: bytes, parser: "expat.XMLParserType | None" = None) -> bool:
    """Parse a packet; say whether it is sound XML. One with a DOCTYPE is refused unread."""
    if b"\0" in packet or b"<!DOCTYPE" in packet:
        return False
    try:
        (parser or expat.ParserCreate()).Parse(packet.strip(b"\0 \r\n\t"), True)
    except expat.ExpatError:
        return False
    return True


# --- what is added


def _added(form: Form, parts: Sequence[Part], properties: Mapping[str, str]) -> list[Part]:
    """Add properties to the parts: to the XMP packet that is there, or else in a new one."""
    for index, part in enumerate(parts):
        content = _merged(part.content, properties) if part.kind == "xmp" else None
        if content is not None:
            try:
                whole = Part(form.framed("xmp", content), "xmp", content)
            except ValueError:  # the packet has become too long for its segment
                break
            return [*parts[:index], whole, *parts[index + 1 :]]
    content = (_PACKET % _description(properties)).encode()
    place = form.place(parts)
    return [*parts[:place], Part(form.framed("xmp", content), "xmp", content), *parts[place:]]


def _merged(packet: bytes, properties: Mapping[str, str]) -> bytes | None:
    """Add the properties at the end of a packet; None if the result is not sound XML.

    They use up the blanks that packets hold in reserve, so that the file need not grow.
    """
    ends = list(_END_OF_RDF.finditer(packet))
    if not ends:
        return None
    at, about = ends[-1].start(), _ABOUT.search(packet)
    more = _description(
        properties,
        prefix=ends[-1][1].decode(),
        about=about[1].decode("utf-8", "replace") if about else '""',
    ).encode()
    merged = packet[:at] + more + packet[at:]
    end = merged.rfind(_END_OF_PACKET)
    filled = len(merged[:end].rstrip()) if end >= 0 else 0
    spare = min(end - filled, len(more))  # the blanks in reserve that are used up
    if end >= 0:
        merged = merged[: end - spare] + merged[end:]
    return merged if _is_sound(merged) else None


def _description(properties: Mapping[str, str], *, prefix: str = "rdf", about: str = '""') -> str:
    used = {name.partition(":")[0] for name in properties}
    spaces = "".join(f' xmlns:{name}="{uri}"' for name, uri in _NAMESPACES if name in used)
    said = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in properties.items())
    return f"<{prefix}:Description {prefix}:about={about}{spaces}>{said}</{prefix}:Description>"


# --- what is taken out


def _discreet(form: Form, part: Part) -> Part:
    """Blank place, owner and camera's numbers in a part, so that nothing else moves.

    A part without them is returned itself.
    """
    if part.kind == "exif":
        content = tiff_tags.without_private(part.content)
    elif part.kind in _PACKETS:
        content = _PRIVATE_XMP.sub(lambda found: b" " * len(found[0]), part.content)
    else:
        return part
    return (
        part
        if content == part.content
        else Part(form.framed(part.kind, content), part.kind, content)
    )
