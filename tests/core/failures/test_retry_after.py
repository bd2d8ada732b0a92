"""All forms in which vendors state a wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from llm.core.failures.classify import classify
from llm.core.failures.retry_after import date_in_prose, quota_resets_in_s, seconds_in, stated_wait, wait_in_prose
from llm.core.failures.signal import Signal

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12.0),
        ("1.5", 1.5),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("6ms", 0.006),
        ("40s", 40.0),
        ("1.5s", 1.5),
        ("1m26.4s", 86.4),
        ("9m38.016s", 578.016),
        ("1h2m", 3720.0),
        ("2d3h", 183_600.0),
        ("2 minutes", 120.0),
        ("1 hour and 5 minutes", 3900.0),
        ("250 milliseconds", 0.25),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("", None),
        ("soon", None),
        ("12 parsecs", None),
        ("5s later", None),
    ],
)
def test_a_span_of_time(text: str, seconds: float | None) -> None:
    assert seconds_in(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Tue, 22 Sep 2026 12:01:30 GMT"}, 90.0),
        ({"retry-after": "Tuesday, 22-Sep-26 12:01:30 GMT"}, 90.0),
        ({"retry-after": "2026-09-22T12:00:05Z"}, 5.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "rubbish"}, None),
        ({"retry-after": "nan", "retry-after-ms": "inf"}, None),
        (
            {
                "anthropic-ratelimit-requests-remaining": "12",
                "anthropic-ratelimit-requests-reset": "2026-09-22T13:00:00Z",
                "anthropic-ratelimit-input-tokens-remaining": "0",
                "anthropic-ratelimit-input-tokens-reset": "2026-09-22T12:00:42Z",
            },
            42.0,
        ),
        ({"anthropic-ratelimit-tokens-reset": "2026-09-22T12:00:42Z"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m26.4s"}, 86.4),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6ms"}, 0.006),
        ({"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "6m0s"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{int(NOW.timestamp()) + 30}000"}, 30.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "17"}, 17.0),
        ({}, None),
    ],
)
def test_a_header(headers: dict[str, str], seconds: float | None) -> None:
    wait = stated_wait(headers, None, (), NOW)
    assert wait == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 1.984999999s. Need more tokens?", 1.984999999),
        ("Please try again in 9m38.016s. Visit", 578.016),
        ("Please try again in 174ms. Visit", 0.174),
        ("Please try again in 20s.", 20.0),
        ("Please retry after 60 seconds. Please go here", 60.0),
        ("Please retry after 86400 seconds.", 86_400.0),
        ("Please retry in 40.025771073s.", 40.025771073),
        ("please try again after 1 seconds", 1.0),
        ("Rate limit is exceeded. Try again in 2 seconds.", 2.0),
        ("Please wait 11415 seconds before retrying.", 11_415.0),
        ("Your quota will reset after 3h14m7s.", 11_647.0),
        ("Try again in 3 hours, 17 minutes, 52 seconds.", 11_872.0),
        ("Quota will be replenished in 10:52:29.", 39_149.0),
        ("Please try again later.", None),
        ("please reformat your input and try again.", None),
        ("It took 5s. Please retry or report in the forum", None),
    ],
)
def test_a_sentence(text: str, seconds: float | None) -> None:
    wait = wait_in_prose(text)
    assert wait == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("You will regain access on 2026-12-01 at 00:00 UTC.", datetime(2026, 12, 1, tzinfo=UTC)),
        ("Your limit will reset at 2026-10-14 07:49:08", datetime(2026, 10, 14, 7, 49, 8, tzinfo=UTC)),
        ("The quota resets at 2026-10-01T00:00:00Z.", datetime(2026, 10, 1, tzinfo=UTC)),
        ("It resets on 2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("Try again at 2026-10-01T02:00:00+01:00", datetime(2026, 10, 1, 1, tzinfo=UTC)),
        ("You will regain access on 2026-13-45 at 00:00 UTC.", None),
        ("This model was released on 2026-01-01.", None),
    ],
)
def test_a_date_in_a_sentence(text: str, moment: datetime | None) -> None:
    assert date_in_prose(text) == moment


def test_a_header_comes_before_retry_info_before_the_sentence_before_the_buckets() -> None:
    buckets = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "58s"}
    sentence = ("Please try again in 6h12m.",)
    assert stated_wait({"retry-after": "2", **buckets}, "40s", sentence, NOW) == 2.0
    assert stated_wait(buckets, "1.5s", sentence, NOW) == 1.5
    assert stated_wait(buckets, None, sentence, NOW) == 22_320.0
    assert stated_wait(buckets, None, (), NOW) == 58.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("-30", 0.0), ("999999999", 86_400.0), ("nan", None), ("Mon, 21 Sep 2026 12:00:00 GMT", 0.0)],
)
def test_an_absurd_wait_of_a_rate_limit_is_bounded(value: str, seconds: float | None) -> None:
    failure = classify(Signal(status=429, headers={"retry-after": value}), now=NOW)
    assert failure.retry_after_s == seconds


def claude(bucket: str, remaining: str, reset: str) -> dict[str, str]:
    name = f"anthropic-ratelimit-{bucket}"
    return {f"{name}-remaining": remaining, f"{name}-reset": reset}


def openai(bucket: str, remaining: str, reset: str) -> dict[str, str]:
    return {f"x-ratelimit-remaining-{bucket}": remaining, f"x-ratelimit-reset-{bucket}": reset}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (claude("requests", "0", "2026-09-22T12:00:05Z"), 5.0),
        (claude("requests", "1", "2026-09-22T12:00:05Z"), None),
        (claude("requests", "3999", "2099-01-01T00:00:00Z"), None),
        (claude("input-tokens", "0", "2026-09-22T12:00:05.250Z"), 5.25),
        (claude("requests", "0", "2026-09-22T12:00:05Z") | claude("tokens", "0", "2026-09-22T12:01:00Z"), 60.0),
        (claude("requests", "0", "2026-09-22T12:00:05Z") | claude("tokens", "9", "2026-09-22T12:01:00Z"), 5.0),
        (claude("requests", "0", "2026-09-22T12:00:05Z") | claude("tokens", "0", "2099-01-01T00:00:00Z"), 5.0),
        ({"anthropic-priority-ratelimit-input-tokens-remaining": "0"}, None),
        (openai("requests", "0", "1m26.4s"), 86.4),
        (openai("tokens", "0", "24h"), 86_400.0),
        (openai("tokens", "0", "6ms"), None),
        (openai("tokens", "0", "30d"), None),
        (openai("tokens", "0", "soon"), None),
        (openai("tokens", "none", "5s"), None),
        (openai("tokens", "", "5s"), None),
        ({"x-ratelimit-reset-tokens": "5s"}, None),
        (claude("requests", "0", "2026-09-22T11:59:00Z"), None),
        (claude("requests", "0", "2026-09-22T13:00:05Z") | {"date": "Tue, 22 Sep 2026 13:00:00 GMT"}, 5.0),
        (claude("requests", "0", "2026-09-22T12:00:05Z") | {"date": "yesterday"}, 5.0),
        ({"retry-after": "30"}, None),
        ({}, None),
    ],
)
def test_the_rest_after_a_successful_answer_with_an_empty_quota(headers: dict[str, str], seconds: float | None) -> None:
    assert quota_resets_in_s(headers, NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(0), -timedelta(hours=1)])
def test_a_wrong_clock_on_either_side_does_not_change_the_wait(ahead: timedelta) -> None:
    theirs = NOW + ahead
    headers = {
        "date": format_datetime(theirs, usegmt=True),
        "retry-after": format_datetime(theirs + timedelta(seconds=30), usegmt=True),
    }
    assert stated_wait(headers, None, (), NOW) == 30
