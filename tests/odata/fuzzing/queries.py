from urllib.parse import quote

from integrationhub.wire.odata.edm import ComplexType, EnumType, Primitive
from tests.odata.fuzzing import words


class Dice:
    """Decides. The wilder, the more often something goes wrong: some requests are right from end to end."""

    def __init__(self, random):
        self.random = random
        self.wildness = random.choice((0, 0, 0.15, 0.4, 1))

    def maybe(self, share):
        return self.random.random() < share

    def astray(self, share):
        return self.maybe(share * self.wildness)

    def pick(self, *items):
        return self.random.choice(items)

    def mutated(self, text, share):
        if not self.astray(share):
            return text
        for _ in range(self.pick(1, 1, 2, 5)):
            start = self.random.randrange(len(text) + 1)
            end = min(len(text), start + self.pick(0, 0, 1, 1, 3, 20))
            inserted = self.pick(*words.REPLACED, text[: self.pick(1, 5, 50)])
            text = text[:start] + inserted + text[end:]
        return text


class Queries(Dice):
    """Query options for the rows of a set."""

    def __init__(self, service, random):
        super().__init__(random)
        self.service = service

    def query(self, entity_set):
        options = [
            ("filter", 0.6, lambda: self.condition(entity_set)),
            ("orderby", 0.35, lambda: self.order(entity_set)),
            ("select", 0.25, lambda: self.selection(entity_set)),
            ("expand", 0.3, lambda: self.expansion(entity_set)),
            (
                "top",
                0.25,
                lambda: self.pick("0", "1", "5") if not self.astray(0.5) else self.pick(*words.PAGING),
            ),
            ("skip", 0.1, lambda: self.pick("0", "1") if not self.astray(0.5) else self.pick(*words.PAGING)),
            ("count", 0.15, lambda: self.pick("true", "false")),
            ("search", 0.05, lambda: self.pick(*words.SEARCHES)),
            ("format", 0.03, lambda: self.pick(*words.MEDIA_TYPES)),
            ("skiptoken", 0.03, lambda: self.pick(*words.TOKENS)),
        ]
        pairs = [
            (self.pick("$", "$", "$", "") + name, make())
            for name, share, make in options
            if self.maybe(share)
        ]
        pairs += [("@p", self.pick("1", "'a'", "null", "[1,2]", "@p", ""))] if self.astray(0.3) else []
        pairs += (
            [(self.pick("$apply", "$compute", "$levels", "$nix", "$filter"), "x")]
            if self.astray(0.05)
            else []
        )
        return "&".join(f"{self.spelled(name, '$@')}={self.spelled(text)}" for name, text in pairs)

    def spelled(self, text, safe="/()',$:@"):
        text = self.mutated(text, 0.3)
        return text if self.astray(0.05) else quote(text.encode("utf-8", "surrogatepass"), safe=safe)

    def condition(self, entity_set, depth=0, prefix=""):
        if depth < 3 and self.maybe(0.35):
            left, right = (self.condition(entity_set, depth + 1, prefix) for _ in range(2))
            return self.pick(
                f"({left}) and {right}", f"{left} or ({right})", f"not ({left})", f"({left}) eq ({right})"
            )
        many = [hop for hop in entity_set.type.navigations if hop.many]
        if many and depth < 2 and self.maybe(0.2):
            return self.over_many(self.pick(*many), depth, prefix)
        value, kind = self.value(entity_set, prefix)
        if kind is Primitive.BOOLEAN and self.maybe(0.6):
            return value
        other = self.literal(kind) if self.maybe(0.85) else self.value(entity_set, prefix, kind)[0]
        return self.pick(*[f"{value} {self.pick(*words.COMPARED)} {other}"] * 5, f"{value} in ({other},null)")

    def over_many(self, hop, depth, prefix):
        name = f"v{depth}"
        inner = self.condition(self.service.target(hop), depth + 1, f"{name}/")
        whole = f"{prefix}{hop.name}"
        return self.pick(
            f"{whole}/any({name}:{inner})",
            f"{whole}/all({name}:{inner})",
            f"{whole}/any()",
            f"{whole}/$count gt 0",
        )

    def value(self, entity_set, prefix="", wanted=None):
        """A text, and the type of what it means."""
        path, kind = self.path_to_value(entity_set, wanted)
        text = f"{prefix}{path}"
        while self.maybe(0.35):
            calls = words.CALLS.get(kind, [])
            if self.astray(0.3):
                calls = [each for group in words.CALLS.values() for each in group]
            if calls:
                template, kind = self.pick(*calls)
                text = template.replace("{}", text if len(text) < 200 else "null")
        return text, kind

    def path_to_value(self, entity_set, wanted=None, depth=0):
        single = [hop for hop in entity_set.type.navigations if not hop.many]
        if single and depth < 3 and self.maybe(0.25):
            hop = self.pick(*single)
            rest, kind = self.path_to_value(self.service.target(hop), wanted, depth + 1)
            return f"{hop.name}/{rest}", kind
        fitting = [
            each for each in entity_set.type.properties if wanted in (None, each.type) and each.filterable
        ]
        declared = self.pick(*(fitting or entity_set.type.properties))
        if isinstance(declared.type, ComplexType):
            part = self.pick(*declared.type.properties)
            return f"{declared.name}/{part.name}", part.type
        return declared.name, declared.type

    def literal(self, kind):
        if self.astray(0.3):
            return self.pick(*words.STRAYS)
        if isinstance(kind, EnumType):
            return self.pick(
                *(f"'{name}'" for name in kind.members), f"{self.service.namespace}.{kind.name}'9'"
            )
        return self.pick(*words.LITERALS.get(kind, ["null"]), "null")

    def order(self, entity_set):
        directions = ("", "", "asc", "desc", "up" if self.astray(0.3) else "DESC")
        return ",".join(
            f"{self.value(entity_set)[0]} {self.pick(*directions)}" for _ in range(self.pick(1, 1, 2, 2, 3))
        )

    def selection(self, entity_set):
        names = [each.name for each in (*entity_set.type.properties, *entity_set.type.navigations)]
        strays = ["Nothing", "A/B"] if self.astray(0.4) else []
        picked = [
            self.pick(*names, "*", f"{self.service.namespace}.*", *strays) for _ in range(self.pick(1, 2, 4))
        ]
        return ",".join(picked)

    def expansion(self, entity_set, depth=0):
        hops = entity_set.type.navigations
        if not hops:
            return "*"
        chosen = {hop.name: hop for hop in (self.pick(*hops) for _ in range(self.pick(1, 1, 2)))}
        return ",".join(self.expanded(hop, depth) for hop in chosen.values())

    def expanded(self, hop, depth):
        target = self.service.target(hop)
        makers = {"filter": self.condition, "orderby": self.order, "select": self.selection}
        options = [
            f"${name}={make(target)}" for name, make in makers.items() if hop.many and self.maybe(0.25)
        ]
        options += [self.pick("$top=1", "$skip=1", "$count=true")] if hop.many and self.maybe(0.4) else []
        options += (
            [self.pick("$levels=2", "$search=a", "$top=x", "$nix=1", "$top=-1")] if self.astray(0.3) else []
        )
        if depth < 3 and self.maybe(0.3):
            options.append(f"$expand={self.expansion(target, depth + 1)}")
        end = self.pick("/$ref", "/$count", f"/{self.service.namespace}.X") if self.astray(0.2) else ""
        return f"{hop.name}{end}({';'.join(options)})" if options else f"{hop.name}{end}"
