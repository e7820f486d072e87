from random import Random

import pytest

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.linq import parse
from integrationhub.wire.expressions.tree import Expression

from .payments import PAYMENT

VALID = [
    'x => x.Amount > 100.5m && x.Status == "Open" && x.DueOn < DateTime.UtcNow.AddDays(-30)',
    'Status.Trim().ToLower().StartsWith("a\\u00e9\\"") || !string.IsNullOrEmpty(Name)',
    "new[] {1, -2, null}.Contains(Qty) == (Rate / 2.5e-3 <= 1d)",
    "(Urgent ?? false) ? Math.Round((decimal)Qty, 2) > 1 : Day >= new DateTime(2024, 2, 29)",
    "x => x.Lines.Any(y => y.Qty % 2 == 0 && x.Lines.Count(z => z.Text == y.Text) > 1)",
    'State != State.Open && Key == new Guid("6f9619ff-8b86-d011-b42d-00cf4fc964ff")',
    "(DateTime.Today - CreatedOn).TotalDays > 30 && DueOn.DayOfWeek == DayOfWeek.Monday",
]
LETTERS = "()[]{}<>=!&|?:.,;+-*/%\"'\\@#$^~`_ \t\n\r\0\x07\x1b\x7f\ud800\ufeff\u202eé😀٣"
WORDS = [
    "=>",
    "??",
    "null",
    "new",
    "x.",
    "1e999",
    "0x1F",
    "9" * 40,
    "(int)",
    "(DateTime)",
    "DateTime",
    "Lines",
]
PIECES = [*LETTERS, *WORDS, ".Any(", "{{0}}", "%s", "__class__", "\\u12", '""']
FUZZ = [chr(code) for code in range(0x250)]


def broken(random: Random) -> str:
    if random.random() < 0.1:
        return "".join(random.choices(FUZZ + PIECES, k=random.randrange(1, 60)))
    text = random.choice(VALID)
    for _ in range(random.randrange(1, 4)):
        text = mutate(text, random)
    return text


def mutate(text: str, random: Random) -> str:
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.randrange(12))
    kept: str = random.choice(["", text[start:end] * 2, random.choice(PIECES), text[end:start:-1]])
    return text[:start] + kept + (text[end:] if random.random() < 0.9 else "")


def refusal(text: str) -> ExpressionError | None:
    try:
        tree = parse(text, PAYMENT)
    except ExpressionError as error:
        if not (error.message and 0 <= error.position <= len(text) and error.caret(text)):
            pytest.fail(f"{text!r} was refused at {error.position}")
        return error
    assert isinstance(tree, Expression)
    return None


@pytest.mark.parametrize("seed", range(10))
def test_five_hundred_broken_texts_are_each_read_or_refused_at_a_place(seed):
    random = Random(seed)  # noqa: S311 - to repeat a failure, not to keep a secret
    refusals = [refusal(text) for text in (broken(random) for _ in range(500))]
    assert sum(each is not None for each in refusals) > 300
