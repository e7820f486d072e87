"""Definitions out of the hub and into it, as files, and systems that are tried."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from integrationhub.wire.transport import Failure, FailureKind, Response
from integrations import bundle_workbooks
from integrations.models import AuditEntry, Integration, System
from queues import reaching
from queues.models import Breaker
from tests.backoffice.people import messages_of, page_of
from tests.cast import make_system

BUNDLE = "/admin/integrations/integration/bundle/"


def test_definitions_leave_as_files(superuser, operator, payments_out):
    for kind in ("yaml", "json", "csv"):
        answer = superuser.get(f"{BUNDLE}hub.{kind}")
        assert answer["Content-Disposition"] == f'attachment; filename="integrationhub.{kind}"'
        assert b"Payments to the ERP" in answer.content
    book = superuser.get(f"{BUNDLE}hub.xlsx")
    assert book["Content-Disposition"] == 'attachment; filename="integrationhub.xlsx"'
    assert bundle_workbooks.read(book.content)["integrations"][0]["name"] == "Payments to the ERP"
    assert superuser.get(f"{BUNDLE}hub.exe").status_code == 404
    assert operator().get(f"{BUNDLE}hub.yaml").status_code == 403


def test_a_file_is_compared_first_and_brought_in_when_confirmed(superuser, payments_out):
    text = superuser.get(f"{BUNDLE}hub.yaml").content.decode().replace("batch_size: 20", "batch_size: 9")
    upload = {"file": SimpleUploadedFile("hub.yml", text.encode())}
    asked = superuser.post(BUNDLE, upload)
    assert "Batch size: 20 → 9" in asked.content.decode()
    assert Integration.objects.get().batch_size == 20
    sent_back = {"text": asked.context["text"], "kind": asked.context["kind"], "confirmed": "1"}
    assert messages_of(superuser.post(BUNDLE, sent_back, follow=True)) == [
        "1 definition has been made or changed."
    ]
    assert Integration.objects.get().batch_size == 9


def test_a_workbook_is_compared_and_brought_in_like_any_other_file(superuser, payments_out):
    bundle = bundle_workbooks.read(superuser.get(f"{BUNDLE}hub.xlsx").content)
    bundle["integrations"][0]["batch_size"] = 9
    upload = {"file": SimpleUploadedFile("hub.XLSX", bundle_workbooks.write(bundle))}
    asked = superuser.post(BUNDLE, upload)
    assert [step.changes for step in asked.context["steps"]] == [["Batch size: 20 → 9"]]
    sent_back = {"text": asked.context["text"], "kind": asked.context["kind"], "confirmed": "1"}
    superuser.post(BUNDLE, sent_back)
    assert Integration.objects.get().batch_size == 9


def test_a_file_that_is_no_bundle_is_refused_with_the_reason(superuser):
    for name, content, said in (
        ("hub.exe", b"", "The name of a bundle"),
        ("hub.json", b"\xff\xfe", "text in UTF-8"),
        ("hub.json", b"{", "cannot be read as JSON"),
        ("hub.xlsx", b"{", "it is no workbook"),
    ):
        page = superuser.post(BUNDLE, {"file": SimpleUploadedFile(name, content or b" ")})
        assert said in messages_of(page)[0]
    assert messages_of(superuser.post(BUNDLE)) == ["Choose a file."]


def test_who_may_only_look_brings_nothing_in(operator, payments_out):
    viewer = operator("integrations.view_integration", "integrations.change_integration")
    page = viewer.get(BUNDLE)
    assert (page.status_code, page.context["may_import"]) == (200, False)
    assert viewer.post(BUNDLE, {"text": "{}", "kind": "json"}).status_code == 403


def test_a_system_that_is_seen_to_answer_is_called_again_at_once(superuser, acme, monkeypatch):
    broken, other = make_system(), make_system(name="Other")
    for system in (broken, other):
        Breaker.objects.create(
            client=acme,
            system=system,
            failures=9,
            openings=9,
            open_until=timezone.now() + timedelta(minutes=9),
        )
    answers = iter([Failure(FailureKind.UNREACHABLE, "no connection", 0.1), Response(200, {}, b"", 0.02)])
    monkeypatch.setattr(reaching, "send", lambda request, guard: next(answers))
    path = superuser.get(page_of(broken)).context["reach_address"]
    superuser.post(path)
    assert not Breaker.objects.filter(open_until__lte=timezone.now()).exists()
    assert "What could not be sent to it is tried now." in messages_of(superuser.post(path, follow=True))
    assert [each.system for each in Breaker.objects.filter(open_until__lte=timezone.now())] == [broken]


def test_a_system_is_tried_with_its_own_sign_in(superuser, operator, monkeypatch):
    system = make_system(authentication=System.Authentication.BEARER, secret="hunter2")
    sent = []
    answers = iter(
        [
            Response(204, {}, b"", 0.02),
            Response(401, {}, b"", 0.02),
            Response(404, {}, b"", 0.02),
            Response(503, {}, b"", 0.02),
            Failure(FailureKind.UNREACHABLE, "no connection", 0.1),
        ]
    )
    monkeypatch.setattr(reaching, "send", lambda request, guard: (sent.append(request), next(answers))[1])
    path = superuser.get(page_of(system)).context["reach_address"]
    pages = [superuser.post(path, follow=True) for _ in range(5)]
    said = [(message.level_tag, str(message)) for page in pages for message in page.context["messages"]]
    unsure = "It is there; whether it takes the credentials, this address does not tell."
    assert said == [
        ("success", "It answers 204 after 20 ms."),
        ("error", "It answers 401 after 20 ms: the credentials are turned away."),
        ("warning", f"It answers 404 after 20 ms. {unsure}"),
        ("error", "It answers 503 after 20 ms."),
        ("error", "Unreachable: no connection"),
    ]
    assert ("Authorization", "Bearer hunter2") in sent[0].headers
    assert AuditEntry.objects.filter(act="test connection").count() == 5
    assert operator("integrations.view_system").post(path).status_code == 403
