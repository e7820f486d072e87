"""What the parts of requests are picked from. One to a line or a blank, so that a space is written as ␠."""

from integrationhub.wire.odata.edm import Primitive


def words(text):
    return [each.replace("␠", " ") for each in text.split()]


LITERALS = {
    Primitive.STRING: words("'a' '' 'it''s' '%' 'ä😀' '2024-01-01' concat('a','b') 'Pending' 'Outbound'"),
    Primitive.INT32: words("0 1 -1 2147483647 2147483648 length('abc') 5␠sub␠3 7␠mod␠2"),
    Primitive.INT64: words("5 -9223372036854775808 9223372036854775807 9223372036854775808 1␠mul␠2"),
    Primitive.BOOLEAN: words("true false TRUE (1␠eq␠1) contains('ab','b') null"),
    Primitive.DECIMAL: words("1.5 -0.00 1e10 99999999999999999999.99 0.1e-30 1␠div␠3.0 1.5␠mul␠2"),
    Primitive.DOUBLE: words("1.5 INF -INF NaN 1e308 1e309 5e-324"),
    Primitive.DATE: words("2024-01-01 0001-01-01 9999-12-31 2024-02-30 date(now())"),
    Primitive.DATE_TIME_OFFSET: words(
        """2024-01-01T00:00:00Z 2024-01-01T00:00:00.1234567+14:00 now() 2024-01-01T00:00Z maxdatetime()
        0001-01-01T00:00:00+14:00 9999-12-31T23:59:59.9999999Z now()␠sub␠duration'P1D'
        mindatetime()␠sub␠duration'P9D' now()␠add␠duration'P999999999D'"""
    ),
    Primitive.GUID: words("00000000-0000-0000-0000-000000000001 'none'"),
    Primitive.TIME_OF_DAY: words("12:00:00 24:00:00"),
    Primitive.DURATION: words("duration'P1D' 'PT0S' duration'P999999999D'"),
}
STRAYS = [
    *words(
        "null '' -5 1e400 now() @p @q true $it * Nothing t/Id () $count [1,2] {'a':1} (((((1))))) - - -(-5)"
    ),
    *words("cast(1,'Edm.String') cast(null,Edm.Int32) year(now()) round(1.5) substring('a',-9) binary'AA'"),
    *["9" * 40, "x" * 300, "geography'POINT(1 2)'", '{"a":1}', "('a')" * 3, "not " * 30 + "true"],
]
# What a value of a type can be made into: the text around it, and the type of that.
CALLS = {
    Primitive.STRING: [
        *[(each, Primitive.STRING) for each in words("tolower({}) toupper({}) trim({}) concat({},{})")],
        *[(each, Primitive.STRING) for each in words("substring({},1) substring({},0,2) substring({},-1)")],
        *[(each, Primitive.INT32) for each in words("length({}) indexof({},'a')")],
        *[(each, Primitive.BOOLEAN) for each in words("contains({},'a') startswith({},{}) endswith('b',{})")],
        ("matchesPattern({},'^a(b')", Primitive.BOOLEAN),
    ],
    Primitive.INT32: [
        *[(each, Primitive.INT32) for each in words("{}␠add␠1 -{} {}␠mul␠{} {}␠sub␠2147483647 {}␠div␠0")],
        *[
            (each, Primitive.INT32)
            for each in words("{}␠mod␠2 {}␠mod␠0 round({}) cast({},Edm.Int64) {}␠div␠2")
        ],
        *[(each, Primitive.DECIMAL) for each in words("{}␠divby␠3 {}␠mul␠1.5 cast({},Edm.Decimal)")],
        ("cast({},Edm.String)", Primitive.STRING),
    ],
    Primitive.DATE_TIME_OFFSET: [
        *[(f"{each}({{}})", Primitive.INT32) for each in words("year month day hour minute second")],
        *[("date({})", Primitive.DATE), ("time({})", Primitive.TIME_OF_DAY)],
        *[("totaloffsetminutes({})", Primitive.INT32), ("fractionalseconds({})", Primitive.DECIMAL)],
        *[
            (f"{{}} {verb} duration'{length}'", Primitive.DATE_TIME_OFFSET)
            for verb in ("add", "sub")
            for length in words("P1D -P999999999D PT0.0000001S P99999D")
        ],
        ("{} sub {}", Primitive.DURATION),
    ],
    Primitive.BOOLEAN: [("not {}", Primitive.BOOLEAN), ("case({}:1,true:2)", Primitive.INT32)],
    Primitive.DECIMAL: [
        *[(each, Primitive.DECIMAL) for each in words("round({}) floor({}) ceiling({}) {}␠div␠3 {}␠add␠0.1")],
        ("cast({},Edm.Int32)", Primitive.INT32),
    ],
    Primitive.DATE: [("year({})", Primitive.INT32), ("{} add duration'P1D'", Primitive.DATE)],
}
COMPARED = words("eq eq ne gt ge lt le EQ has")
REPLACED = [
    *words(
        "é 😀 % %2 %2F %00 %ff + & # ; ' '' \" ( ) (( )) , / // $ @ = : - . .. \\ * 0 null $filter= any(x:"
    ),
    *words("{} [] e5 NaN ␠and␠ ␠or␠ not␠ eq 2147483648 1.5"),
    *["\0", "\ud800", "\x7f", "\r\n", "\t", " ", "", "9" * 30, "\u2028", "\ufeff"],
]
# Texts of JSON, right and wrong, that stand where a value is expected.
VALUES = [
    *words("null true false 0 -1 1 2147483647 2147483648 9223372036854775808 1.5 1e3 1e999 -0.0 1e-400 NaN"),
    *words('-Infinity "" "a" "1" "true" "null" "\\u0000" "\\ud800" "\\ud83d\\ude00" "P1D" "PT1S" "AAEC"'),
    *words(
        '"2024-01-01T00:00:00Z" "2024-01-01" "0001-01-01T00:00:00+14:00" "2024-02-30T00:00:00Z" "Pending"'
    ),
    *words('"9999-12-31T23:59:59.9999999-14:00" "00000000-0000-0000-0000-000000000001" [] [null] [[]] {}'),
    *words('{"a":1} {"@odata.type":"#Nix"} "Outbound" "Payment" "Confirm" "{}" "{\\"a\\":\\"\\\\u0000\\"}"'),
    *['"x => x.Amount > 1"', '"* * * * *"', "9" * 5000, "0." + "1" * 3000, '"' + "x" * 500 + '"', "{"],
    *['"' + "y" * 5000 + '"', "[" * 70 + "]" * 70, "[" * 5000, '{"a":' * 60 + "1" + "}" * 60],
]
TYPICAL = {
    Primitive.BOOLEAN: words("true false"),
    Primitive.DATE_TIME_OFFSET: words('"2026-01-01T00:00:00Z" "2026-01-01T00:00:00.5+01:00"'),
    Primitive.STRING: words(
        """"a" "Payment" "Outbound" "Never" "Pending" "{}" "http://erp.example/" "Active" "OnHold"
        "0␠*␠*␠*␠*" "Some␠name" "cancelled\""""
    ),
}
MEDIA_TYPES = words(
    """application/json application/json;odata.metadata=full application/json;IEEE754Compatible=true json */*
    application/json;odata.metadata=none;odata.streaming=true application/json;charset=utf-16 text/plain ;;
    application/xml multipart/mixed;boundary=b application/json;odata.metadata=x application/json;q=0
    text/html application/atom+xml text/html,application/xhtml+xml,*/*;q=0.8
    application/json;odata=verbose é"""
)
HEADERS = {
    "accept": MEDIA_TYPES,
    "accept_charset": words("utf-8 utf-16 x"),
    "prefer": words(
        """return=minimal return=representation odata.maxpagesize=2 maxpagesize=0 maxpagesize=² ² ,;=
        respond-async,wait=5 handling=strict odata.continue-on-error continue-on-error=false
        odata.include-annotations="*" odata.track-changes maxpagesize=99999999999999999999999999"""
    ),
    "if_match": [*words('* W/"1" "1" W/"2" 1 W/"% W/"1",W/"2"'), "", '"' + "x" * 500 + '"'],
    "if_none_match": [*words('* W/"1" nonsense'), ""],
    "odata_version": [*words("4.0 4.01 3.0 9.9 x 4 4.0;NetFx"), "9" * 50 + ".0"],
    "odata_maxversion": words("4.0 4.01 3.0 99.9 \u0664.\u0660"),
    "x_http_method": words("PATCH MERGE DELETE"),
    "content_id": words("1 é"),
    "x_csrf_token": ["Fetch"],
}
PAGING = words("0 1 5 10000 10001 -1 x 99999999999999999999999999999 \u0665 ␠5␠ 1.0 1000000000 1000000001")
SEARCHES = [*words('a a␠AND␠b NOT␠"a␠b" (a␠OR␠b " NOT é* %'), "", "a" * 500, "a OR " * 60 + "b"]
TOKENS = [*words("1 x null 'a',1 Id-1 WzFd [1] é"), "", "0," * 50]
KEYS = [
    *words("987654321 2147483648 -1 'x' null 1.5 '' @p 'é' Id=1 Id=1,Id=2 Name='x' Nix=1 'a''b' 1,2"),
    "9" * 400,
    "",
]
PLACES = [*words("$metadata $batch $entity $all $crossjoin(A,B) Nothing ../x (1) $count $metadata/x"), ""]
