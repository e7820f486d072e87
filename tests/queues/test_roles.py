import pytest
from django.contrib.auth.models import Group, Permission

from queues.roles import ROLES, Right, install_roles


def may(role, name, model):
    app, codename = name.split(".")
    return ROLES[role](Right(app, codename, model))


@pytest.mark.parametrize(
    ("permission", "model", "holders"),
    [
        ("integrations.publish_integration", "integration", {"Hub admin"}),
        ("integrations.add_credential", "credential", {"Hub admin"}),
        ("auth.change_user", "user", {"Hub admin"}),
        ("queue.change_integrationqueue", "integrationqueue", {"Hub admin", "Operator"}),
        ("integrations.change_engineswitch", "engineswitch", {"Hub admin", "Operator"}),
        ("integrations.view_record", "record", {"Hub admin", "Operator", "Support"}),
        ("integrations.view_auditentry", "auditentry", {"Hub admin", "Auditor"}),
        ("integrations.view_credential", "credential", {"Hub admin", "Auditor"}),
        ("integrations.view_integration", "integration", {"Hub admin", "Operator", "Support", "Auditor"}),
        ("axes.view_accessattempt", "accessattempt", set()),
        ("django_q.add_schedule", "schedule", set()),
    ],
)
def test_each_role_may_what_its_work_needs(permission, model, holders):
    assert {role for role in ROLES if may(role, permission, model)} == holders


def test_roles_are_installed_once_and_put_right_again(db):
    assert install_roles() == list(ROLES)
    assert install_roles() == []
    support = Group.objects.get(name="Support")
    support.permissions.add(Permission.objects.get(codename="publish_integration"))
    assert install_roles() == ["Support"]
    assert not support.permissions.filter(codename="publish_integration").exists()


def test_a_group_of_ones_own_is_left_alone(db):
    own = Group.objects.create(name="Night shift")
    own.permissions.add(Permission.objects.get(codename="view_client"))
    install_roles()
    assert own.permissions.count() == 1
