import pytest

from integrations.differences import differences

BODY = {"method": "PUT", "body": "{Id: Id}"}
ID = {"name": "Id", "type": "String", "nullable": False}
NOTE = {"name": "Note", "type": "String", "nullable": True}


@pytest.mark.parametrize(
    ("before", "wanted", "told"),
    [
        ({"active": False}, {"active": True}, ["Active: no → yes"]),
        ({"notes": "Old."}, {"notes": ""}, ["Notes: Old. → nothing"]),
        ({"notes": None}, {"notes": ""}, []),
        ({"backoff": [1, 3]}, {"backoff": [1, 30]}, ["Backoff: [1, 3] → [1, 30]"]),
        ({"batch_size": 5, "notes": "Kept."}, {"batch_size": 5}, []),
        (
            {"configuration": BODY},
            {"configuration": {"method": "POST", "path": "/p"}},
            ["Configuration, method: PUT → POST", "Configuration, path: nothing → /p",
             "Configuration, body: {Id: Id} → nothing"],
        ),
        ({}, {"filter": 'x => x.Name == "it\'s"', "active": True, "element_id": None},
         ['Filter: x => x.Name == "it\'s"', "Active: yes"]),
        ({"properties": [ID, NOTE]}, {"properties": [{**ID, "type": "Integer"}]},
         ["Property Id: String → Integer"]),
        ({"properties": [ID]}, {"properties": [ID, NOTE]}, ["Property Note: nothing → String, may be empty"]),
        ({"properties": [NOTE]}, {"properties": [{**NOTE, "nullable": False}]},
         ["Property Note: String, may be empty → String"]),
        ({"properties": [NOTE]}, {"properties": [{"name": "Note", "type": "String"}]}, []),
        ({"properties": [ID, NOTE]}, {"properties": [NOTE, ID]},
         ["Order of properties: Id, Note → Note, Id"]),
    ],
)  # fmt: skip
def test_what_a_bundle_says_differently_is_told_as_staff_would_put_it(before, wanted, told):
    assert list(differences(before, wanted)) == told
