"""Write the implicit label of a generated picture: XMP in a JPEG's APP1 (GB 45438-2025).

Whether aiart writes one is not known; here it is written when ``implicit_label`` asks for it.
"""

import json
import struct

XMP = b"http://ns.adobe.com/xap/1.0/\0"
FIELDS = (
    *("Label", "ContentProducer", "ProduceID", "ReservedCode1"),
    *("ContentPropagator", "PropagateID", "ReservedCode2"),
)
PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">'
    "<TC260:AIGC>{label}</TC260:AIGC>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def labelled(jpeg: bytes) -> bytes:
    """Write into the JPEG's metadata that the picture was made by AI.

    The pixels stay as they are.
    """
    label = json.dumps({**dict.fromkeys(FIELDS, ""), "Label": "1"}, separators=(",", ":"))
    body = XMP + PACKET.format(label=label).encode()
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    at = 2  # after the start of the image, and its JFIF segment
    if jpeg[2:4] == b"\xff\xe0":
        at += 2 + struct.unpack(">H", jpeg[4:6])[0]
    return jpeg[:at] + segment + jpeg[at:]
