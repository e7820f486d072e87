import json
from dataclasses import dataclass, field

from integrationhub.wire.odata.edm import CollectionOf, ComplexType, EnumType
from tests.odata.fuzzing import batches, words
from tests.odata.fuzzing.queries import Queries

METHODS, SHARES = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"), (52, 14, 16, 8, 6, 4)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict = field(default_factory=dict)

    @property
    def url(self):
        return f"{self.path}?{self.query}" if self.query else self.path


class Maker(Queries):
    """Of a service below a path. `keys` are texts of keys, right ones, by the name of the set; `random`
    decides all that is decided."""

    def __init__(self, service, root, keys, random):
        super().__init__(service, random)
        self.root, self.keys = root, keys

    def request(self):
        if self.maybe(0.12):
            content_type, body = batches.batch(self, [self.single() for _ in range(self.pick(1, 2, 3, 5))])
            return Request("POST", "$batch", "", body, content_type, self.headers())
        return self.single()

    def single(self):
        method = self.random.choices(METHODS, SHARES)[0]
        if method in ("GET", "HEAD"):
            return self.reading(method)
        if method == "POST" and self.maybe(0.4):
            return self.asking()
        path, entity_set = self.path(to_row=method != "POST")
        body = self.body(entity_set, path) if method != "DELETE" or self.astray(0.2) else b""
        query = self.query(entity_set) if self.astray(0.3) else ""
        return Request(method, self.mutated(path, 0.3), query, body, self.content_type(), self.headers())

    def reading(self, method):
        path, entity_set = self.path(to_row=self.maybe(0.3))
        query = self.query(entity_set)
        return Request(method, self.mutated(path, 0.3), query, b"", "", self.headers())

    def asking(self):
        """A query by POST, or an action."""
        path, entity_set = self.path(to_row=False)
        if self.maybe(0.4):
            options = self.query(entity_set).encode("utf-8", "surrogatepass")
            return Request("POST", f"{path}/$query", "", options, "text/plain", self.headers())
        operation = self.pick(*self.service.operations)
        name = self.pick(operation.name, f"{self.service.namespace}.{operation.name}")
        path = (
            f"{operation.bound_to}{self.key(self.service.named(operation.bound_to))}/{name}"
            if operation.bound_to
            else name
        )
        given = [f'"{each.name}":{self.given(each.type)}' for each in operation.parameters if self.maybe(0.7)]
        return Request("POST", path, "", ("{" + ",".join(given) + "}").encode(), headers=self.headers())

    def content_type(self):
        return self.pick(*words.MEDIA_TYPES) if self.astray(0.2) else "application/json"

    def headers(self):
        names = [name for name in words.HEADERS if self.astray(0.2)]
        return {f"HTTP_{name.upper()}": self.pick(*words.HEADERS[name]) for name in names}

    def path(self, *, to_row):
        """With the set that it leads to, as far as it leads anywhere."""
        if self.astray(0.1):
            return self.pick(*words.PLACES), self.pick(*self.service.sets)
        entity_set = self.pick(*self.service.sets)
        path = entity_set.name
        while entity_set.type.navigations and self.maybe(0.2):
            hop = self.pick(*entity_set.type.navigations)
            path += f"{self.key(entity_set)}/{hop.name}"
            entity_set = self.service.target(hop)
        if not to_row:
            return path + (
                self.pick("/$count", "/$ref", "/", "/$value") if self.maybe(0.1) else ""
            ), entity_set
        return path + self.key(entity_set) + (self.end(entity_set) if self.maybe(0.25) else ""), entity_set

    def end(self, entity_set):
        names = [each.name for each in (*entity_set.type.properties, *entity_set.type.navigations)]
        strays = ["/$value", "/$count", "/$ref", f"/{self.pick(*names)}(@p)", "/Nothing", "/Retry"]
        ends = [f"/{self.pick(*names)}", f"/{self.pick(*names)}/$value", f"/{self.pick(*names)}/$count"]
        return self.pick(*ends, *(strays if self.astray(0.5) else ()))

    def key(self, entity_set):
        text = self.pick(*self.keys.get(entity_set.name, ["1"]))
        if self.astray(0.3):
            text = self.pick(*words.KEYS)
        return (
            self.pick(f"({text})", f"({text})", f"/{text}", f"( {text} )")
            if self.astray(0.5)
            else f"({text})"
        )

    def body(self, entity_set, path):
        if f"/{path}".rpartition("/")[2].partition("(")[0] in {
            each.name for each in entity_set.type.properties
        }:
            return f'{{"value":{self.given(self.pick(*entity_set.type.properties).type)}}}'.encode()
        share = self.pick(0.2, 0.5, 1)
        members = [
            f'"{each.name}":{self.given(each.type)}'
            for each in entity_set.type.properties
            if self.maybe(share)
        ]
        members += [self.related(hop) for hop in entity_set.type.navigations if self.maybe(0.05)]
        members += (
            [f'"{self.pick("Nothing", "value", "@odata.type", "Id@x")}":{self.pick(*words.VALUES)}']
            if self.astray(0.2)
            else []
        )
        text = self.pick(*words.VALUES) if self.astray(0.1) else "{" + ",".join(members) + "}"
        return self.mutated(text, 0.15).encode("utf-8", "surrogatepass")

    def related(self, hop):
        target = f"{hop.target}{self.key(self.service.target(hop))}"
        if self.astray(0.4):
            target = self.pick("$1", "http://x/", "", "Nix(1)", f"{target}/{hop.name}")
        bound = f'"{hop.name}@odata.bind":{json.dumps(target)}'
        return self.pick(bound, f'"{hop.name}":{{}}', f'"{hop.name}":null') if self.astray(0.3) else bound

    def given(self, kind):
        """A value as JSON: of the right type as a rule."""
        if self.astray(0.35):
            return self.pick(*words.VALUES)
        match kind:
            case ComplexType():
                return (
                    "{" + ",".join(f'"{each.name}":{self.given(each.type)}' for each in kind.properties) + "}"
                )
            case CollectionOf():
                return f"[{self.given(kind.element)}]"
            case EnumType():
                return json.dumps(self.pick(*kind.members))
        numbers = ("1", "2", "0", *(key for keys in self.keys.values() for key in keys if key.isdecimal()))
        return self.pick(*words.TYPICAL.get(kind, numbers))
