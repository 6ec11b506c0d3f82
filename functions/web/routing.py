"""Match paths with patterns such as ``/v1/jobs/{job}``, in which a name stands for one part."""


def match_path(pattern: str, path: str) -> dict[str, str] | None:
    """Give what stands in ``path`` at the pattern's names; None if it is another path.

    ``path`` is decoded once, as ASGI gives it, and is cut at its slashes after that: ``%2F`` is a
    slash like any other. So no name ever holds one, and it makes no difference whether a proxy on
    the way has decoded it. An empty part is none.
    """
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    found = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("{") and part:
            found[want.strip("{}")] = part
        elif want != part:
            return None
    return found
