from itertools import product

import pytest

from integrationhub.wire.odata import media_types, negotiation
from integrationhub.wire.odata.errors import ODataError
from integrationhub.wire.odata.negotiation import Metadata, Version

LEVELS = ("minimal", "full", "none", None)
FLAGS = ("true", "false", None)


def spelled(level, streaming, ieee754):
    parts = ["application/json"]
    parts += [f"odata.metadata={level}"] if level else []
    parts += [f"odata.streaming={streaming}"] if streaming else []
    parts += [f"IEEE754Compatible={ieee754}"] if ieee754 else []
    return ";".join(parts)


ALL = [spelled(*each) for each in product(LEVELS, FLAGS, FLAGS)]


def test_there_are_thirty_six_forms_of_json():
    assert len(set(ALL)) == 36


@pytest.mark.parametrize("media_type", ALL)
def test_each_form_is_understood_coming_in_and_mirrored_going_out(media_type):
    found = negotiation.json_format(media_type, None)
    assert found.metadata in media_type or "odata.metadata" not in media_type
    assert found.ieee754 == ("IEEE754Compatible=true" in media_type)
    assert set(media_type.split(";")) <= set(found.content_type.split(";"))
    assert "odata.metadata=" in found.content_type
    assert negotiation.body_format(media_type).ieee754 == found.ieee754
    assert negotiation.json_format("text/html", media_type) == found
    shuffled = ";  ".join(
        ["APPLICATION/json", *reversed(media_type.split(";")[1:]), "odata=verbose", "q=0.5"]
    )
    assert negotiation.json_format(shuffled, None) == negotiation.json_format(
        ";".join(["application/json", *reversed(media_type.split(";")[1:])]), None
    )


@pytest.mark.parametrize(
    "accept", [None, "", "*/*", "application/json, text/plain, */*", "text/html,*/*;q=0.1"]
)
def test_who_takes_anything_gets_the_default(accept):
    wanted = "application/json;odata.metadata=minimal;odata.streaming=true"
    assert negotiation.json_format(accept, None).content_type == wanted


def test_what_is_wanted_most_goes_first_and_format_before_everything():
    found = negotiation.json_format(
        "application/json;odata.metadata=none;q=0.5, application/json;odata.metadata=full", None
    )
    assert found.metadata is Metadata.FULL
    assert negotiation.json_format("application/json;metadata=none", "json").metadata is Metadata.MINIMAL
    assert negotiation.json_format("application/json;metadata=none", None).metadata is Metadata.NONE
    with_charset = negotiation.json_format("application/json", None, charset=True)
    assert with_charset.content_type.endswith(";charset=utf-8")


@pytest.mark.parametrize(
    ("accept", "option"),
    [
        ("text/html", None),
        ("application/atom+xml", None),
        ("application/json;odata.metadata=some", None),
        ("application/json;q=0", None),
        ("application/json", "xml"),
        ("application/json", "nonsense"),
        (";;;", None),
    ],
)
def test_a_form_that_there_is_not_is_refused(accept, option):
    with pytest.raises(ODataError) as refused:
        negotiation.json_format(accept, option)
    assert refused.value.status == 406


@pytest.mark.parametrize(
    ("accept", "option", "found"),
    [
        (None, None, "xml"),
        ("application/json, text/plain, */*", None, "xml"),
        ("application/json", None, "json"),
        ("application/json, application/xml", None, "json"),
        ("application/xml, application/json", None, "xml"),
        ("application/json;odata.metadata=minimal, application/xml;q=0.7", None, "xml"),
        ("application/json;odata.metadata=minimal", None, "json"),
        ("text/html", "json", "json"),
        ("application/json", "application/xml", "xml"),
    ],
)
def test_metadata_is_xml_unless_json_is_asked_for(accept, option, found):
    assert negotiation.metadata_type(accept, option) == f"application/{found}"


def test_metadata_in_another_form_is_refused():
    for accept, option in (("text/csv", None), (None, "csv")):
        with pytest.raises(ODataError) as refused:
            negotiation.metadata_type(accept, option)
        assert refused.value.status == 406


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/json;odata.metadata=x",
        "json",
        "application/json;charset=utf-16",
    ],
)
def test_a_body_in_another_form_is_refused(content_type):
    with pytest.raises(ODataError) as refused:
        negotiation.body_format(content_type)
    assert refused.value.status == 415


def test_a_body_s_charset_and_unknown_parameters_do_no_harm():
    assert not negotiation.body_format('application/json; Charset="UTF-8"; odata=verbose').ieee754
    assert not negotiation.body_format(None).ieee754


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({}, Version.V40),
        ({"OData-MaxVersion": "4.0"}, Version.V40),
        ({"OData-MaxVersion": "4.01", "OData-Version": "4.0"}, Version.V401),
        ({"OData-MaxVersion": "9.0"}, Version.V401),
        ({"OData-MinVersion": "4.01"}, Version.V401),
        ({"OData-Version": "4.01"}, Version.V401),
        ({"OData-MaxVersion": "soon", "OData-Version": "x"}, Version.V40),
        ({"OData-MaxVersion": "4.0;NetFx"}, Version.V40),
    ],
)
def test_the_version_is_the_highest_that_the_caller_bears(headers, version):
    assert negotiation.version_of(headers) is version


@pytest.mark.parametrize(
    "headers", [{"OData-MaxVersion": "3.0"}, {"OData-Version": "5.0"}, {"OData-MinVersion": "4.02"}]
)
def test_a_version_that_there_is_not_is_refused(headers):
    with pytest.raises(ODataError) as refused:
        negotiation.version_of(headers)
    assert refused.value.status == 400


def test_media_types_survive_quotes_commas_and_nonsense():
    found = media_types.parse_accept('text/a; x="1,\\"2", nonsense, text/b;q=0.9, text/c;q=0')
    assert [(each.name, dict(each.parameters)) for each in found] == [
        ("text/a", {"x": '1,"2'}),
        ("text/b", {}),
    ]
    assert media_types.parse("text/a, text/b") is None
    assert media_types.parse("text/a b") is None
