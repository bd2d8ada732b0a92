"""Changes are recorded with their author, and without secrets."""

import httpx2 as httpx
from auditlog.models import LogEntry
from django.core.management import call_command

from llm.models import ConsumerKey, Team
from llm.stores.audit import acting
from tests.conftest import Live, Person


def test_a_change_by_the_api_tells_who_and_from_what_to_what(live: Live, admin: Person) -> None:
    made = httpx.post(f"{live.url}/api/llm/teams", json={"name": "shop"}, headers=admin.headers, timeout=30)
    assert made.status_code == 201, made.text
    address = f"{live.url}/api/llm/teams/shop"
    assert httpx.patch(address, json={"max_tokens": 50}, headers=admin.headers, timeout=30).status_code == 200
    query = {"object": "team:shop", "actor": "ada"}
    rows = httpx.get(f"{live.url}/api/llm/audit", params=query, headers=admin.headers, timeout=30).json()["changes"]
    assert [row["action"] for row in rows] == ["update", "create"]
    assert rows[0]["changes"] == {"max_tokens": ["None", "50"]}


def test_a_command_bears_the_user_it_acts_as(admin: Person) -> None:
    call_command("llm_consumers", "--as", "ada", "--teams", "create", "shop")
    entry = LogEntry.objects.get_for_object(Team.objects.get()).get()
    assert (entry.actor, entry.additional_data["by"]) == (admin.user, "ada")


def test_the_record_holds_no_digest(live: Live, consumer: Person, admin: Person) -> None:
    row = ConsumerKey.objects.get(user=consumer.user)
    httpx.post(f"{live.url}/api/llm/keys/{row.pk}/rotate", json={}, headers=admin.headers, timeout=30)
    fresh = ConsumerKey.objects.get(pk=row.pk)
    told = str(list(LogEntry.objects.values_list("changes", flat=True)))
    assert "digest" in told
    assert row.digest not in told
    assert fresh.digest not in told


def test_a_staff_member_gains_no_rights_by_a_key_for_another(live: Live, admin: Person, consumer: Person) -> None:
    from django.contrib.auth.models import Permission

    consumer.user.is_staff = True
    consumer.user.save()
    rights = ("add_consumerkey", "change_consumerkey")
    consumer.user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    theirs = ConsumerKey.objects.get(user=admin.user)
    base, headers = f"{live.url}/api/llm/keys", consumer.headers
    assert httpx.post(base, json={"consumer": "ada"}, headers=headers, timeout=30).status_code == 403
    assert httpx.post(f"{base}/{theirs.pk}/rotate", json={}, headers=headers, timeout=30).status_code == 403
    assert httpx.post(base, json={"consumer": "alice"}, headers=headers, timeout=30).status_code == 201


def test_lists_of_users_and_groups_are_recorded_from_what_to_what(admin: Person, consumer: Person) -> None:
    from django.contrib.auth.models import Group, Permission

    support, finance = Group.objects.create(name="support"), Group.objects.create(name="finance")
    user = consumer.user
    LogEntry.objects.all().delete()
    with acting("ada"):
        user.groups.set([support, finance])
        user.groups.remove(finance)
        finance.user_set.add(user)
        finance.user_set.clear()
        user.groups.clear()
        user.groups.clear()
        support.permissions.add(Permission.objects.get(codename="view_budget"))

    rows = LogEntry.objects.order_by("pk")

    assert [entry.changes_dict["groups"] for entry in rows if "groups" in entry.changes_dict] == [
        ["None", "finance, support"],
        ["finance, support", "support"],
        ["support", "finance, support"],
        ["finance, support", "support"],
        ["support", "None"],
    ]
    assert {entry.additional_data["by"] for entry in rows} == {"ada"}
    assert rows.last().changes_dict["permissions"][0] == "None"
    assert "budget" in rows.last().changes_dict["permissions"][1]
