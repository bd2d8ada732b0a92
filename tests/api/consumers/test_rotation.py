"""A key's secret is replaced while it is in use."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import httpx2 as httpx

from llm.models import ConsumerKey
from llm.stores.config import keys
from llm.stores.config.key_uses import key_uses
from tests.conftest import Live, Person


def status(live: Live, key: str) -> int:
    answer = httpx.get(f"{live.url}/v1/models", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    return int(answer.status_code)


def rotated(live: Live, admin: Person, row: ConsumerKey, **body: Any) -> str:
    address = f"{live.url}/api/llm/keys/{row.pk}/rotate"
    answer = httpx.post(address, json=body, headers=admin.headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["key"])


def test_both_secrets_are_valid_within_the_grace(live: Live, consumer: Person, admin: Person) -> None:
    second = rotated(live, admin, ConsumerKey.objects.get(user=consumer.user))
    assert (status(live, consumer.key), status(live, second)) == (200, 200)


def test_a_second_rotation_ends_the_oldest_secret_at_once(live: Live, consumer: Person, admin: Person) -> None:
    row = ConsumerKey.objects.get(user=consumer.user)
    second = rotated(live, admin, row)
    third = rotated(live, admin, row)
    assert [status(live, key) for key in (consumer.key, second, third)] == [401, 200, 200]


def test_without_a_grace_the_secret_so_far_ends_at_once(live: Live, consumer: Person, admin: Person) -> None:
    second = rotated(live, admin, ConsumerKey.objects.get(user=consumer.user), grace_s=0)
    assert (status(live, consumer.key), status(live, second)) == (401, 200)


def test_a_revoked_key_loses_both_its_secrets(live: Live, consumer: Person, admin: Person) -> None:
    row = ConsumerKey.objects.get(user=consumer.user)
    second = rotated(live, admin, row)
    httpx.delete(f"{live.url}/api/llm/keys/{row.pk}", headers=admin.headers, timeout=30)
    assert (status(live, consumer.key), status(live, second)) == (401, 401)


def test_no_request_is_refused_while_its_key_is_rotated_twice(live: Live, consumer: Person) -> None:
    row = ConsumerKey.objects.get(user=consumer.user)
    held, over = [consumer.key], Event()

    def ask_on() -> list[int]:
        seen = []
        while not over.is_set():
            seen.append(status(live, held[0]))
        return seen

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask_on) for _ in range(4)]
        for _ in range(2):
            before = held[0]
            held[0] = keys.rotate(row, timedelta(hours=24))[1]
            for _ in range(25):
                assert status(live, before) == 200
        over.set()
        seen = [code for each in asking for code in each.result()]
    assert len(seen) > 20
    assert set(seen) == {200}


def test_the_last_use_tells_when_from_where_and_which_secret(live: Live, consumer: Person, admin: Person) -> None:
    row = ConsumerKey.objects.get(user=consumer.user)
    rotated(live, admin, row)
    status(live, consumer.key)
    key_uses._thread.submit(lambda: None).result(timeout=30)
    row.refresh_from_db()
    assert row.last_used_at is not None
    assert (row.last_used_from, row.last_used_secret) == ("127.0.0.1", "previous")
