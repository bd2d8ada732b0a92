"""How alerts get through: one worker sends each, failures are tried again and then given up, order is kept."""

import base64
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from structlog.testing import capture_logs

from llm.alerts import channels as alert_channels
from llm.alerts import outbox as alert_outbox
from llm.core.failures.policy import ErrorClass
from llm.models import Alert, AlertDelivery
from tests.alerts.alerting import AlertStage
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(workers: int, work: Callable[[], int]) -> list[int]:
    """Runs `work` in several threads at once, each with its own database connection."""
    barrier = threading.Barrier(workers)

    def run_work(_: int) -> int:
        try:
            barrier.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run_work, range(workers)))


def test_workers_at_once_send_each_alert_once(world: AlertStage, providers: list[str]) -> None:
    for name in providers:
        world.fails(name, ErrorClass.SERVER_ERROR)
    sent = at_once(4, world.look)
    world.look()
    assert sum(sent) <= 8
    assert Alert.objects.count() == 4
    assert [json.loads(post.body)["event"] for post in world.hook.posts] == ["provider_opened"] * 3 + [
        "all_providers_down"
    ]
    assert len(world.mail.mails) == 4
    assert len({post.body for post in world.hook.posts}) == 4


def test_a_broken_webhook_stops_neither_mail_nor_worker(world: AlertStage) -> None:
    world.hook.status = 500
    world.fails("claude", ErrorClass.AUTH, times=1)
    assert world.look() == 1
    assert len(world.mail.mails) == 1


def test_a_broken_mail_server_does_not_stop_the_webhook(world: AlertStage) -> None:
    world.mail.refuse_with = "451 come back later"
    world.fails("claude", ErrorClass.AUTH, times=1)
    assert world.look() == 1
    assert len(world.hook.posts) == 1
    world.mail.refuse_with = ""
    world.later(seconds=11)
    assert world.look() == 1
    assert len(world.mail.mails) == 1


def test_a_failing_webhook_is_tried_five_times_and_given_up_with_a_line_in_the_log(world: AlertStage) -> None:
    world.hook.status = 503
    world.fails("claude", ErrorClass.AUTH, times=1)
    with capture_logs() as lines:
        for _ in range(200):
            world.look()
            world.later(seconds=5)
    assert len(world.hook.posts) == 5
    assert [line["log_level"] for line in lines if line["event"] == "alert_delayed"] == ["warning"] * 4
    (line,) = [line for line in lines if line["event"] == "alert_given_up"]
    assert (line["channel"], line["tries"]) == ("webhook", 5)
    assert line["error"] == "127.0.0.1 answered HTTP 503"
    assert "very-secret-path" not in repr(lines)
    assert AlertDelivery.objects.get(channel="webhook").status == "given_up"


def test_a_failed_alert_keeps_its_place_before_the_next_one(world: AlertStage) -> None:
    world.hook.status = 500
    world.fails("claude", ErrorClass.AUTH, times=1)
    world.look()
    world.later(seconds=5)
    world.comes_back("claude")
    world.look()
    world.hook.status, world.hook.posts[:] = 200, []
    world.later(seconds=10)
    world.look()
    assert [json.loads(post.body)["event"] for post in world.hook.posts] == ["provider_opened", "provider_recovered"]


def test_what_waited_an_hour_for_a_broken_channel_is_tried_once_each(world: AlertStage) -> None:
    world.hook.status = 500
    for _ in range(3):
        world.fails("claude", ErrorClass.AUTH, times=1)
        world.comes_back("claude")
        world.look()
        world.later(minutes=11)
    world.later(hours=2)
    world.hook.posts.clear()
    for _ in range(10):
        world.look()
        world.later(seconds=1)
    assert len(world.hook.posts) <= 3
    assert not AlertDelivery.objects.filter(status="pending").exists()


def test_a_redirect_is_a_failure_and_not_followed(world: AlertStage) -> None:
    world.hook.status = 302
    world.fails("claude", ErrorClass.AUTH, times=1)
    world.look()
    assert len(world.hook.posts) == 1
    assert AlertDelivery.objects.get(channel="webhook").error == "127.0.0.1 answered HTTP 302"


def test_a_silent_webhook_is_left_after_its_time(world: AlertStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_channels, "WEBHOOK_TIMEOUT_S", 0.2)
    world.hook.answers.clear()
    world.fails("claude", ErrorClass.AUTH, times=1)
    assert world.look() == 1
    assert AlertDelivery.objects.get(channel="webhook").error == "127.0.0.1 did not answer within 0.2 s"


def test_credentials_in_the_address_are_sent_as_a_login(world: AlertStage, settings: Any) -> None:
    settings.LLM_ALERTS = {"WEBHOOK_URL": world.hook.url.replace("//", "//ops:pass%40word@")}
    world.fails("claude", ErrorClass.AUTH, times=1)
    assert world.look() == 1
    scheme, _, login = world.hook.posts[0].headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(login)) == ("Basic", b"ops:pass@word")


def test_a_webhook_that_is_not_there_is_named_by_its_host_alone(world: AlertStage, settings: Any) -> None:
    settings.LLM_ALERTS = {"WEBHOOK_URL": "http://user:word@127.0.0.1:9/hush?token=hush"}
    world.fails("claude", ErrorClass.AUTH, times=1)
    with capture_logs() as lines:
        assert world.look() == 0
    assert AlertDelivery.objects.get().error == "127.0.0.1 could not be reached (ConnectError)"
    assert "hush" not in repr(lines)
    assert "word" not in repr(lines)


class Killed(BaseException):
    """Simulates a killed process: no handler catches it."""


def test_a_worker_that_dies_while_sending_costs_one_copy_at_most(
    world: AlertStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, deaths = alert_channels.post_webhook, []

    def sends_and_dies(*arguments: Any) -> None:
        real(*arguments)
        deaths.append(1)
        raise Killed

    world.fails("claude", ErrorClass.AUTH, times=1)
    monkeypatch.setattr(alert_channels, "post_webhook", sends_and_dies)
    for _ in range(3):
        with pytest.raises(Killed):
            world.look()
        assert world.look() == 0, "another worker may still be sending it"
        world.later(seconds=121)
        if len(deaths) == 2:
            break
    with capture_logs() as lines:
        assert world.look() == 0
    assert [line["error"] for line in lines if line["event"] == "alert_given_up"] == [
        "the worker died while sending it"
    ]
    assert len(world.hook.posts) == 2
    assert len({json.loads(post.body)["id"] for post in world.hook.posts}) == 1


def test_the_next_worker_finishes_what_a_dead_one_began(world: AlertStage, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: Any) -> None:
        raise Killed

    world.fails("claude", ErrorClass.AUTH, times=1)
    with monkeypatch.context() as patched:
        patched.setattr(alert_channels, "post_webhook", dies)
        with pytest.raises(Killed):
            world.look()
    world.later(seconds=121)
    assert world.look() == 1
    assert len(world.hook.posts) == 1


def test_only_one_worker_holds_a_delivery(world: AlertStage) -> None:
    world.fails("claude", ErrorClass.AUTH, times=1)
    world.hook.answers.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(lambda: (world.look(), connections.close_all())[0])
        assert eventually(lambda: world.hook.posts)
        assert alert_outbox.lease("webhook", world.now) is None
        world.hook.answers.set()
        assert slow.result(30) == 2


def test_a_channel_that_is_switched_off_leaves_nothing_waiting(world: AlertStage, settings: Any) -> None:
    world.hook.status = 500
    world.fails("claude", ErrorClass.AUTH, times=1)
    world.look()
    settings.LLM_ALERTS = {"EMAILS": ["ops@example.com"]}
    world.look()
    assert AlertDelivery.objects.get(channel="webhook").status == "given_up"


def test_a_mail_backend_may_fail_in_any_way(world: AlertStage, settings: Any) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    world.fails("claude", ErrorClass.AUTH, times=1)
    assert world.look() == 1
    assert AlertDelivery.objects.get(channel="email").error == "ModuleNotFoundError"
