"""Replies in XML are what the DataContractSerializer would write: held by a schema of its rules."""

from pathlib import Path

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire import datacontract, timestamps
from integrations.api.integration_status_types import STATUS

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "integration_status.xsd")
MARK = "2025-12-10T08:22:52.8100855-06:00"

# The reply as it was published, but for the blanks between its elements.
PUBLISHED = (
    '<IntegrationStatusDTO xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns="http://schemas.datacontract.org/2004/07/Gravitate.WCF.DTO.Integration">'
    '<CustomDatabaseValues xmlns:d2p1="http://schemas.microsoft.com/2003/10/Serialization/Arrays">'
    "<d2p1:KeyValueOfstringstring><d2p1:Key>sample string 1</d2p1:Key>"
    "<d2p1:Value>sample string 2</d2p1:Value>"
    "</d2p1:KeyValueOfstringstring>"
    "<d2p1:KeyValueOfstringstring><d2p1:Key>sample string 3</d2p1:Key>"
    "<d2p1:Value>sample string 4</d2p1:Value>"
    "</d2p1:KeyValueOfstringstring></CustomDatabaseValues>"
    "<SourceId>1</SourceId><SourceIdString>sample string 4</SourceIdString>"
    "<IntegrationName>sample string 1</IntegrationName>"
    f"<LastRunEndDateTime>{MARK}</LastRunEndDateTime><LastRunStartDateTime>{MARK}</LastRunStartDateTime>"
    f"<MaxSyncDateMaxPKId>1</MaxSyncDateMaxPKId><MaxSyncDateTime>{MARK}</MaxSyncDateTime>"
    "<ProcessStatusMeaning>sample string 3</ProcessStatusMeaning><SourceSystemId>2</SourceSystemId>"
    "</IntegrationStatusDTO>"
)
VALUES = {
    "IntegrationName": "sample string 1",
    "SourceSystemId": 2,
    "LastRunStartDateTime": timestamps.parse(MARK),
    "LastRunEndDateTime": timestamps.parse(MARK),
    "ProcessStatusMeaning": "sample string 3",
    "MaxSyncDateTime": timestamps.parse(MARK),
    "MaxSyncDateMaxPKId": 1,
    "SourceId": 1,
    "SourceIdString": "sample string 4",
    "CustomDatabaseValues": {"sample string 1": "sample string 2", "sample string 3": "sample string 4"},
}


def test_the_published_reply_comes_out_to_the_letter():
    assert datacontract.to_xml(STATUS, VALUES) == PUBLISHED
    SCHEMA.validate(PUBLISHED)
    assert list(datacontract.to_json(STATUS, VALUES)) == list(VALUES)
    assert datacontract.to_json(STATUS, VALUES)["MaxSyncDateTime"] == MARK


@pytest.mark.parametrize(
    "broken",
    [
        PUBLISHED.replace("<SourceId>1</SourceId>", ""),
        PUBLISHED.replace("<SourceId>1</SourceId>", "<SourceId>one</SourceId>"),
        PUBLISHED.replace("DTO.Integration", "DTO.Other"),
        PUBLISHED.replace("d2p1:Key>", "d2p1:Name>"),
        PUBLISHED.replace("<SourceSystemId>2</SourceSystemId>", "").replace(
            "<SourceId>", "<SourceSystemId>2</SourceSystemId><SourceId>"
        ),
    ],
)
def test_the_schema_finds_what_is_out_of_place(broken):
    assert not SCHEMA.is_valid(broken)


TEXTS = st.text(max_size=30)
MOMENTS = st.none() | st.integers(0, 3_155_378_975_999_999_999).map(timestamps.Timestamp)


@given(
    st.fixed_dictionaries(
        {
            "IntegrationName": st.none() | TEXTS,
            "SourceSystemId": st.integers(-(2**31), 2**31 - 1),
            "LastRunStartDateTime": MOMENTS,
            "LastRunEndDateTime": MOMENTS,
            "MaxSyncDateMaxPKId": st.none() | st.integers(-(2**63), 2**63 - 1),
            "CustomDatabaseValues": st.none() | st.dictionaries(TEXTS, st.none() | TEXTS, max_size=3),
        }
    )
)
def test_whatever_is_in_it_a_reply_is_valid(values):
    SCHEMA.validate(datacontract.to_xml(STATUS, values))
