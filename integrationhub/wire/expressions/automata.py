"""Patterns at work: all ways through one at once, so that the time grows with the text and no faster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .patterns import Choice, Edge, Letter, Pattern, Ranges, Repeat, Sequence, read

_END = 0


def matches(text: str, pattern: str) -> bool:
    """Whether a canonical pattern is found somewhere in the text."""
    return _automaton(pattern).finds(text)


@lru_cache(maxsize=64)
def _automaton(pattern: str) -> Automaton:
    return Automaton(read(pattern))


@dataclass(frozen=True)
class _Step:
    """Leads on over one letter, over an edge of the text, or over nothing."""

    to: tuple[int, ...]
    ranges: Ranges = ()
    edge: str = ""


class Automaton:
    def __init__(self, pattern: Pattern) -> None:
        self._steps = [_Step(())]
        self._start = self._into(pattern, _END)

    def finds(self, text: str) -> bool:
        reached: set[int] = set()
        for position, letter in enumerate(map(ord, text)):
            reached = self._spread({*reached, self._start}, position == 0, is_last=False)
            if _END in reached:
                return True
            reached = {step.to[0] for step in map(self._steps.__getitem__, reached) if _has(step, letter)}
        return _END in self._spread({*reached, self._start}, not text, is_last=True)

    def _spread(self, places: Iterable[int], is_first: bool, *, is_last: bool) -> set[int]:
        """All places that these lead to without a letter."""
        found: set[int] = set()
        pending = list(places)
        while pending:
            place = pending.pop()
            if place in found:
                continue
            found.add(place)
            step = self._steps[place]
            passable = {"": True, "^": is_first, "$": is_last}[step.edge]
            if passable and not step.ranges:
                pending.extend(step.to)
        return found

    def _add(self, step: _Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1

    def _into(self, pattern: Pattern, after: int) -> int:
        """Where a pattern begins that goes on `after` itself."""
        match pattern:
            case Letter(ranges=ranges):
                return self._add(_Step((after,), ranges))
            case Edge(sign=sign):
                return self._add(_Step((after,), edge=sign))
            case Sequence(parts=parts):
                for part in reversed(parts):
                    after = self._into(part, after)
                return after
            case Choice(options=options):
                return self._add(_Step(tuple(self._into(option, after) for option in options)))
            case Repeat():
                return self._again(pattern, after)

    def _again(self, repeat: Repeat, after: int) -> int:
        place = after
        if repeat.most is None:
            place = self._add(_Step(()))
            self._steps[place] = _Step((self._into(repeat.part, place), after))
        else:
            for _ in range(repeat.most - repeat.least):
                place = self._add(_Step((self._into(repeat.part, place), after)))
        for _ in range(repeat.least):
            place = self._into(repeat.part, place)
        return place


def _has(step: _Step, letter: int) -> bool:
    return any(low <= letter <= high for low, high in step.ranges)
