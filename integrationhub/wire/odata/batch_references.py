"""`$1`: what an earlier part of the batch made or addressed, named by the part's id."""

import re
from urllib.parse import urlsplit

from .batch_parts import Part, Result
from .errors import ODataError

_REFERENCE = re.compile(r"\$(?P<id>[A-Za-z0-9._~-]+)(?P<rest>[/?].*)?", re.DOTALL)
_BINDING = re.compile(rb'("[^"\\]{1,200}@(?:odata\.)?bind"\s*:\s*")\$([A-Za-z0-9._~-]+)')


class References:
    """What has become of the parts so far, by their ids and the names of their groups."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._urls: dict[str, str] = {}
        self._failed: set[str] = set()

    def note(self, result: Result) -> None:
        part, response = result.part, result.response
        names = {name for name in (part.id, part.group) if name is not None}
        if result.failed:
            self._failed |= names
            self._urls.pop(part.id or "", None)
        elif part.id is not None:
            made = response.headers.get("Location") or response.headers.get("OData-EntityId")
            self._urls[part.id] = made or self.resolve(part.url).partition("?")[0]

    def check(self, part: Part) -> None:
        """Raises 424 for a part that depends on one that failed."""
        if self._failed & set(part.depends_on):
            raise ODataError(424, "", "A request that this one depends on has failed.")

    def resolve(self, url: str) -> str:
        """A URL without references. Raises 424 for a reference to a part that failed."""
        found = self._reference(url)
        if found is None or found["id"] not in self._urls:
            if found is not None and found["id"] in self._failed:
                raise ODataError(424, "", f"The request {found['id']} has failed.")
            return url
        return self._urls[found["id"]] + (found["rest"] or "")

    def _reference(self, url: str) -> re.Match[str] | None:
        """`$1`, also behind the service's root, where software that only writes whole URLs puts it."""
        for prefix in ("", self.root, urlsplit(self.root).path):
            if url.lower().startswith(prefix.lower()) and (found := _REFERENCE.fullmatch(url, len(prefix))):
                return found
        return None

    def resolve_bindings(self, body: bytes) -> bytes:
        """A body in which `X@odata.bind` refers to rows by their URLs."""

        def url(found: re.Match[bytes]) -> bytes:
            return found[1] + self.resolve(f"${found[2].decode()}").encode()

        return _BINDING.sub(url, body) if b"bind" in body else body
