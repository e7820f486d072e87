import pytest

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.linq import MAX_BYTES, parse
from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.tree import Compare, Literal, NullAsFalse
from integrationhub.wire.expressions.types import Scalar

from .payments import PAYMENT


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, PAYMENT)
    assert 0 <= caught.value.position <= len(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", "", "the filter is empty"),
        (" \r\n", " \r\n", "the filter is empty"),
        ("x => x.Amout > 1", "Amout", "Payment has no property Amout: did you mean Amount?"),
        ("x.Amount > 1", "x.", "unknown name x: begin with x => to name the row"),
        ("p => Amount > 1", "Amount", "unknown name Amount: write p.Amount"),
        ("x => x", "x", "x is a row: write x.Property"),
        ("Amount", "Amount", "a condition must be true or false, this is Decimal"),
        ("Urgent && Amount", "Amount", "a condition must be true or false, this is Decimal"),
        ("Amount >", "", "more is needed here"),
        ("Amount > 1)", ")", "')' cannot stand here"),
        ("Amount = 1", "= 1", "write == to compare"),
        ("x => x.Amount => 1", "=> 1", "write >= to compare"),
        ("Amount > $1", "$1", "'$' cannot stand here"),
        ("Urgent & Approved", "& App", "write && for and"),
        ("Urgent | Approved", "| App", "write || for or"),
        ('Status == "Open', '"Open', "this text is not closed"),
        ("Status == 'Open'", "'Open", 'write texts in double quotes: "…"'),
        ('Status == "a\\q"', "\\q", "\\q is not an escape"),
        ('Status == "\\u0000"', '"', "a text cannot hold \\u0000 or half of a surrogate pair"),
        ('Status == "\\ud83d"', '"', "a text cannot hold \\u0000 or half of a surrogate pair"),
        ('Status == "\0"', "\0", "U+0000 cannot stand in a filter"),
        ('Status == "\ud800"', "\ud800", "U+D800 cannot stand in a filter"),
        ("Qty > 9223372036854775808", "9223", "this whole number does not fit into 64 bits"),
        ("Qty > " + "9" * 4000, "999", "this whole number does not fit into 64 bits"),
        ("Amount > 79228162514264337593543950336m", "792", "a decimal has at most 29 digits"),
        ("Amount > 1e-29m", "1e", "a decimal has at most 29 digits"),
        ("Rate > 1e999", "1e", "this number is too large for a double"),
        (
            "Amount > 0.12345678901234567890",
            "0.1",
            "a double cannot hold all these digits: write m after them",
        ),
        ("(int)1e300 == 1", "1e", "this number does not fit into Int"),
        ("DueOn > new DateTime(2023, 2, 30)", "new", "there is no such date and time"),
        ("DueOn > new DateTime(10000, 1, 1)", "new", "there is no such date and time"),
        ("DueOn > new DateTime(2023, 2)", "new", "new DateTime takes year, month, day"),
        ("DueOn > new DateTime(Qty, 1, 1)", "Qty", "new DateTime takes plain whole numbers"),
        ("DueOn > new Uri(1)", "new", "new Uri is unknown"),
        ("DueOn > DateTime.Now", "DateTime", "the hub keeps time in UTC: write DateTime.UtcNow"),
        ('Amount > "1"', "> ", "Decimal cannot be compared with String: write the number without quotes"),
        ('DueOn > "2024-01-01"', "> ", "write new DateTime(year, month, day)"),
        ('Key == "6f9619ff"', "==", 'Guid cannot be compared with String: write new Guid("…")'),
        ('Key == new Guid("6f9619ff")', '"6f', "a Guid is spelled out"),
        ('State == "Opn"', "==", "State has no Opn: it is one of Open, Closed"),
        ("State > State.Open", ">", "State > State: there is no such order"),
        ("Key < OtherKey", "<", "Guid < Guid: there is no such order"),
        ("Amount > null", ">", "Decimal > null: there is no such order"),
        ("Amount > Rate", ">", "write (decimal) or (double) before one of them"),
        ("Amount + Status == null", "+", "Decimal + String has no meaning"),
        ("DueOn + DueOn == null", "+", "DateTime + DateTime has no meaning"),
        ("-Status == null", "-", "-String has no meaning"),
        ("(decimal)Status == 1", "(dec", "String cannot become Decimal"),
        ("null ?? Status == null", "null ??", "null ?? Boolean has no meaning"),
        ('(Urgent ? 1 : "a") == 1', "Urgent", "both results of ?: must have one type"),
        ("Status.Reverse() == null", "Reverse", "String has no method Reverse"),
        ("Status.Size == 1", "Size", "String has no property Size"),
        ("Status.Contains(1)", "Status", "'contains' does not take (String, Int)"),
        ("Status.Contains(null)", "Status", "'contains' does not take (String, null)"),
        ("Math.Sin(1) == 1", "Sin", "Math has no method Sin"),
        ("string.IsNullOrEmpty(1)", "IsNull", "string.IsNullOrEmpty takes one text"),
        ("new[] {1}.Any()", "Any", "a list has the method Contains(value) alone"),
        ("new[] {1} == null", "new", "a list can only be asked"),
        ('new[] {1, "a"}.Contains(Qty)', '"a"', "Int cannot be compared with String"),
        ("new Foo[] {1}.Contains(Qty)", "Foo", "Foo is no type of list items"),
        ("Lines.First().Qty == 1", "First", "a collection has Any, All and Count alone"),
        ("Lines.All()", "All", "All takes one lambda"),
        ("Lines.Any(true)", "true", "a lambda is needed: item => …"),
        ("x => x.Lines.Any(x => x.Qty > 1)", "x => x.Qty", "x already names a row"),
        ("Lines == null", "==", "collection of Line cannot be compared with null"),
        ("Status.Contains(l => true)", "l =>", "a lambda stands in Any, All and Count alone"),
    ],
)
def test_a_refusal_names_the_place_and_the_remedy(text, at, message):
    error = refusal(text)
    assert message in error.message
    assert text[error.position :].startswith(at)
    assert at or error.position in (0, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "x => x.__class__ == null",
        "x => x.Status.__len__() == 1",
        'Status__contains == "a"',
        'System.IO.File.ReadAllText("a") == ""',
        'Status.GetType().Name == ""',
        'eval("1") == 1',
        "Status@x == null",
    ],
)
def test_nothing_but_the_schema_can_be_named(text):
    refusal(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!" * 40 + "Urgent", "a filter nests at most 32 deep"),
        ("Urgent" + " == (Urgent" * 40 + ")" * 40, "a filter nests at most 32 deep"),
        ("Status" + ".Trim()" * 40 + ' == ""', "a filter nests at most 32 deep"),
        (" || ".join(["Urgent"] * 200), "a filter has at most 200 parts"),
        (f"new[] {{{', '.join(['1'] * 201)}}}.Contains(Qty)", "a list has at most 200 items"),
        ("Urgent" + " " * MAX_BYTES, "a filter has at most 4096 bytes"),
        (f'Status == "{"é" * 2500}"', "a filter has at most 4096 bytes"),
        ("Lines.Any(a => Lines.Any(b => Lines.Any(c => true)))", "lambdas nest 2 deep at most"),
    ],
)
def test_a_filter_too_large_is_refused(text, message):
    assert message in refusal(text).message


def test_parentheses_are_no_depth():
    assert parse("(" * 2000 + "Urgent" + ")" * 2000, PAYMENT) == parse("Urgent", PAYMENT)


@pytest.mark.parametrize(
    "text", ["(" * 4000, "!" * 4000, "Urgent ?? " * 400, "-" * 4000, "Lines.Any(a=>" * 300]
)
def test_no_nesting_exhausts_the_stack(text):
    refusal(text)


@pytest.mark.parametrize(
    "step", ["({} ?? x.Name)", "(x.Urgent ? {} : x.Name)", "({}).ToLower()", "({} + x.Name)"]
)
def test_the_deepest_filter_is_read_in_no_time(step):
    text = "x.Status"
    for _ in range(29):
        text = step.format(text)
    parse(f"x => {text} == x.Name", PAYMENT)


def test_a_list_may_be_as_long_as_a_filter_has_parts():
    parse(f"new[] {{{', '.join(map(str, range(200)))}}}.Contains(Qty)", PAYMENT)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x => x.Amount > 1", "Amount > 1"),
        ("(row) => row.Amount > 1", "Amount > 1"),
        ("x => x.aMOUNT > 1", "Amount > 1"),
        ("Amount\n\t>\r\n1", "Amount > 1"),
        ("Amount > 1", "Amount > 1m"),
        ("Amount > 1.50", "Amount > 1.5m"),
        ("Amount > (decimal)1", "Amount > 1m"),
        ("(long)Qty == 5L", "Qty == 5"),
        ("Amount > 1e2m", "Amount > 100m"),
        ("Qty == -(5)", "Qty == -5"),
        ("Qty == +5", "Qty == 5"),
        ("((Qty)) == 5", "Qty == 5"),
        ("Qty.HasValue && Qty.Value > 1", "Qty != null && Qty > 1"),
        ("Urgent && (Approved && Qty > 1)", "Urgent && Approved && Qty > 1"),
        ("string.IsNullOrEmpty(Name)", 'Name == null || Name == ""'),
        ("string.IsNullOrWhiteSpace(Name)", 'Name == null || Name.Trim() == ""'),
        ("String.IsNullOrEmpty(Name)", "string.IsNullOrEmpty(Name)"),
        ("Name == string.Empty", 'Name == ""'),
        ("DueOn > DateTime.Today", "DueOn > DateTime.UtcNow.Date"),
        ("DueOn > new DateTime(2024, 1, 2, 0, 0, 0)", "DueOn > new DateTime(2024, 1, 2)"),
        ("DueOn.DayOfWeek == DayOfWeek.Monday", "DueOn.DayOfWeek == 1"),
        ('State == "Open"', "State == State.Open"),
        ('Key == Guid.Parse("00000000-0000-0000-0000-000000000000")', "Key == Guid.Empty"),
        ("new int[] {1, 2}.Contains(Qty)", "new[] {1, 2}.Contains(Qty)"),
        ("Lines.Count > 1", "Lines.Count() > 1"),
        ("Lines.Any(l => l.Qty > 1)", "x => x.Lines.Any(other => other.Qty > 1)"),
        ('Name == "\\u00e9\\n\\"\\\\"', 'Name == "é\\u000a\\u0022\\u005c"'),
        ('Name == "\\ud83d\\ude00"', 'Name == "😀"'),
    ],
)
def test_two_spellings_mean_the_same_tree(text, same):
    assert parse(text, PAYMENT) == parse(same, PAYMENT)


def test_the_smallest_whole_number_can_be_written():
    tree = parse("Qty == -9223372036854775808", PAYMENT)
    assert isinstance(tree, Compare)
    assert tree.right == Literal(value=-(2**63), type=Scalar.INT, span=tree.right.span)


def test_a_span_is_the_nodes_own_text():
    text = "x => x.Urgent && x.Amount > 1"
    first, second = parse(text, PAYMENT).operands
    assert isinstance(first, NullAsFalse)
    assert [text[slice(*node.span)] for node in (first, second)] == ["x.Urgent", "x.Amount > 1"]


def test_a_name_that_only_case_tells_apart_is_written_exactly():
    schema = Schema("Thing", (Property("Name", Scalar.STRING), Property("NAME", Scalar.STRING)))
    assert parse('Name == ""', schema) != parse('NAME == ""', schema)
    with pytest.raises(ExpressionError, match="name may be Name or NAME: write one of them exactly"):
        parse('name == ""', schema)


@pytest.mark.parametrize("name", ["", "a b", "1a", "a.b", "x'); DROP TABLE y; --", "naïve", "a" * 129])
def test_a_property_name_is_an_identifier(name):
    with pytest.raises(ValueError, match="is not a property name"):
        Property(name, Scalar.STRING)


def test_the_caret_stands_under_the_fault():
    text = "x => x.Amount > 1 &&\n     x.Amout < 2"
    assert refusal(text).caret(text) == (
        "     x.Amout < 2\n       ^ Payment has no property Amout: did you mean Amount?"
    )


def test_a_caret_line_shows_no_control_characters():
    assert ExpressionError("bad", 2).caret("a\x1bb") == "a�b\n  ^ bad"


def test_a_caret_stands_after_an_unfinished_text():
    assert refusal("Amount >").caret("Amount >") == "Amount >\n        ^ more is needed here"
