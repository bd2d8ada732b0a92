"""Who leaves is noticed by Django's handler as well. The rest of the suite is played by `pytest --face django`."""

from tests.web.sse.test_stream import (  # noqa: F401  collected here a second time
    hasty,
    http,
    test_a_client_that_leaves_before_the_first_event_ends_the_vendors_call,
    test_who_leaves_a_plain_call_ends_the_vendors_call,
    test_who_leaves_in_the_middle_of_a_stream_ends_the_vendors_call,
)
