"""Texts of `$filter`, as far as no database is needed: what they mean, and how they are refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.predicate import compile_predicate
from integrationhub.wire.odata.binding import Binder
from integrationhub.wire.odata.limits import Limits
from integrationhub.wire.odata.members import Names
from integrationhub.wire.odata.parsing import parse
from integrationhub.wire.odata.refusals import UnsupportedError, refusal
from tests.odata.northwind.service import PRODUCTS, SERVICE

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ROW = {
    "ProductName": "O'Neil",
    "UnitsInStock": 7,
    "UnitPrice": Decimal("2.50"),
    "Weight": 1.5,
    "Discontinued": True,
    "UpdatedOn": datetime(2024, 5, 31, 10, tzinfo=UTC),
    "Colour": "Red",
    "Features": 3,
}


def bound(text, aliases=None):
    return Binder.of(Names(SERVICE), PRODUCTS, aliases or {}).condition(parse(text, SERVICE.limits))


def holds(text, aliases):
    return compile_predicate(bound(text, aliases))(ROW, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "ProductName eq 'O''Neil'",
        "productname EQ 'O''Neil' AND not (UnitsInStock lt 7)",
        "Name eq 'O''Neil'",  # an alias of the property
        "1 add 2 mul 3 eq 7",
        "(1 add 2) mul 3 eq 9",
        "7 div 2 eq 3 and -7 mod 3 eq -1",
        "1 eq 1 eq true",
        "false or true and true",
        "Weight gt null eq false and not (Released gt null)",
        "UnitPrice eq 2.5 and UnitPrice lt '3' and UnitPrice ge 25e-1",
        "Weight eq 1.5 and UnitsInStock lt 7.5",
        "Discontinued",
        "Discontinued eq true and not not Discontinued",
        "Colour eq 'Red' and Colour ne Northwind.Colour'Blue' and Colour in ('Red','Blue')",
        "Features has 'Vegan' and Features eq 'Organic,Vegan'",
        "UpdatedOn eq 2024-05-31T12:00:00 02:00",  # the + has become a blank
        "UpdatedOn gt '2024-05-31' and UpdatedOn lt 2024-06-01",
        "UpdatedOn add duration'P1D' gt now() and date(UpdatedOn) eq 2024-05-31",
        "UpdatedOn gt mindatetime() and UpdatedOn lt maxdatetime()",
        "UnitsInStock in (5,6,@it)",
        "$it/UnitsInStock eq 7",
        "cast(UnitsInStock,Edm.Decimal) eq 7 and cast(UnitsInStock,'Edm.Int64') eq 7",
        "round(UnitPrice) eq 3 and floor(UnitPrice) eq 2 and ceiling(UnitsInStock) eq 7",
        "substring(ProductName,2,3) eq 'Nei' and indexof(ProductName,'x') eq -1",
        "contains(@text,'b')",
        r"matchesPattern(ProductName,'^O.N[a-f]i*l$') and not matchespattern(ProductName,'\d')",
        "time(UpdatedOn) eq 10:00 and time(UpdatedOn) lt 10:00:00.000001 and time(UpdatedOn) ne '09:59'",
        "fractionalseconds(UpdatedOn) eq 0 and second(UpdatedOn) eq 0 and totaloffsetminutes(UpdatedOn) eq 0",
        "substring(ProductName,-4) eq 'Neil' and substring(ProductName,-99,1) eq 'O'",
        "substring(ProductName,-2,1) eq 'i'",
        "case(UnitsInStock gt 9:'many',UnitsInStock gt 5:'some',true:'few') eq 'some'",
        "case(UnitsInStock lt 5: 1, Discontinued:UnitPrice) eq 2.5 and case(Released gt null:1) eq null",
        "isof(Northwind.Product) and not isof('Northwind.Category') and not isof(ProductName,Edm.Int32)",
        "isof(ProductName,Edm.String) and not isof(Serial,Edm.Guid) and isof(Colour,Northwind.Colour)",
    ],
)
def test_a_text_means_what_odata_says(text):
    assert holds(text, {"@it": "7", "@text": "'abc'"}) is True


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "ends too early"),
        ("UnitsInStock gt", 15, "ends too early"),
        ("ProductName eq 'x", 15, "closing quote"),
        ("Nix eq 1", 0, "Could not find a property named 'Nix' on type 'Northwind.Product'"),
        ("Category/Nix eq 1", 9, "Could not find a property named 'Nix' on type 'Northwind.Category'"),
        ("UnitsInStock eq 'many'", 16, "must be a whole number"),
        ("UnitsInStock eq true", 13, "'eq' does not take Int and Boolean"),
        ("Discontinued gt true", 13, "'gt' does not take Boolean"),
        ("UnitsInStock", 0, "must be true or false"),
        ("Label eq 'x'", 0, "cannot be used in $filter"),
        ("Category eq 1", 0, "is no value"),
        ("Tags eq null", 0, "is no value"),
        ("Tags/Word eq 'x'", 5, "ask it with any, all or $count"),
        ("Category/any(c:true)", 0, "not a collection"),
        ("Tags/all()", 5, "all takes a condition"),
        ("Tags/any(t:t/Nix eq 1)", 13, "Could not find"),
        ("nix(1) eq 1", 0, "An unknown function with name 'nix'"),
        ("length(1) eq 1", 0, "'length' does not take (Int)"),
        ("ProductName eq @nix", 15, "has no value"),
        ("UnitsInStock in ()", 17, "one value at least"),
        ("Colour has 'Red'", 7, "flags"),
        ("Features has 'Nix'", 13, "no member"),
        ("2024-13-01 lt Released", 0, "must be a date"),
        ("UpdatedOn gt 2024-01-01T10:00:00", 13, "time with an offset"),
        ("1 eq 1)", 6, "was not expected"),
        ("ProductName eq 'a\0'", 15, "NUL"),
        ("99999999999999999999999999999999 gt 1", 0, "no value of type Decimal"),
        ("1e999 gt 1", 0, "no value of type Double"),
        ("time(UpdatedOn) gt 25:00", 19, "must be a time of day"),
        ("time(UpdatedOn) gt 10", 16, "'gt' does not take TimeOfDay and Int"),
        ("matchesPattern(ProductName,'a(')", 27, "at 1 of the pattern: this group is not closed"),
        ("matchesPattern(ProductName)", 0, "'matchespattern' does not take (String)"),
        ("isof(ProductName,Edm.String,Edm.String)", 0, "the name of a type"),
        ("isof()", 0, "the name of a type"),
        ("isof(ProductName,1)", 0, "the name of a type"),
        ("case() eq 1", 5, "was not expected"),
        ("case(true:1,false:true) eq 1", 0, "different types"),
        ("case(UnitsInStock:1) eq 1", 5, "must be true or false"),
        ("case(true,1) eq 1", 9, "':' was expected"),
    ],
)
def test_a_refusal_names_the_place(text, position, message):
    with pytest.raises(ExpressionError) as refused:
        bound(text)
    assert message in refused.value.message
    assert refused.value.position == position
    assert refusal(refused.value, "$filter").status == 400


@pytest.mark.parametrize(
    "text",
    [
        r"matchesPattern(ProductName,'\bNeil')",
        "matchesPattern(ProductName,ProductName)",
        "isof(Category,Northwind.Category)",
        "isof(1 add 1,Edm.Int32)",
        "hassubset(Tags,Tags)",
        "Northwind.Special/ProductName eq 'a'",
        "$root/Products(1)/UnitsInStock eq 1",
        "cast(ProductName,Edm.Int32) eq 1",
    ],
)
def test_what_is_odata_but_not_here_is_told_apart(text):
    with pytest.raises(UnsupportedError) as refused:
        bound(text)
    assert refusal(refused.value, "$filter").status == 501


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("(" * 21 + "true" + ")" * 21, "20 deep"),
        ("not " * 21 + "true", "20 deep"),
        (" or ".join(["Discontinued"] * 60), "100 nodes"),
        ("ProductName eq '" + "x" * 2048 + "'", "2048 characters"),
        (f"UnitsInStock in ({','.join('1' * 70)}) and UnitsInStock in ({','.join('1' * 70)})", "100 nodes"),
        ("Tags/any(a:a/Products/any(b:b/Tags/any(c:true)))", "2 deep"),
        ("@a", "no value"),
    ],
)
def test_beyond_a_limit_the_limit_is_named(text, limit):
    with pytest.raises(ExpressionError, match=limit):
        bound(text, {"@a": "@a"})


def test_a_list_has_a_limit_of_its_own():
    with pytest.raises(ExpressionError, match="3 items"):
        parse("a in (1,2,3,4)", Limits(listed_items=3))
