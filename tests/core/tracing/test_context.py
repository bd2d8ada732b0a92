"""W3C Trace Context: what is read, what is refused, and what goes on to a vendor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.tracing.context import LONGEST_STATE, NO_SPAN, NO_TRACE, Trace, headers, read, span_id, trace_of

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALL = "01a2239b-c296-75fd-8fd1-30251ec275f7"


@pytest.mark.parametrize(
    ("traceparent", "sampled"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f" 00-{TRACE}-{PARENT}-00 ", False),
        (f"00-{TRACE}-{PARENT}-03", True),
        (f"cc-{TRACE}-{PARENT}-01-what-comes-later", True),
    ],
)
def test_a_callers_trace_is_read(traceparent, sampled):
    assert read(traceparent) == Trace(trace_id=TRACE, parent_id=PARENT, sampled=sampled)


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "junk",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{NO_TRACE}-{PARENT}-01",
        f"00-{TRACE}-{NO_SPAN}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}",
    ],
)
def test_what_w3c_calls_invalid_begins_a_trace_of_its_own(traceparent):
    assert read(traceparent) is None
    assert trace_of(CALL, read(traceparent)) == Trace(trace_id=CALL.replace("-", ""))


def test_the_state_goes_on_unless_it_is_long_or_would_break_a_header():
    def state(text):
        return read(f"00-{TRACE}-{PARENT}-01", text).state

    assert state("congo=t61rcWkgMzE") == "congo=t61rcWkgMzE"
    assert (state("a" * (LONGEST_STATE + 1)), state("a=b\r\nX-Evil: 1"), state("é=1")) == ("", "", "")


@given(st.text())
def test_no_text_breaks_the_reading_or_the_headers_after_it(text):
    trace = trace_of(CALL, read(text, text))
    sent = headers(trace, span_id(CALL, 1))
    assert read(sent["traceparent"]).trace_id == trace.trace_id
    assert all(value.isascii() and value.isprintable() for value in sent.values())


def test_each_attempt_has_a_span_of_its_own_that_its_vendor_is_told():
    ids = {span_id(CALL, seq) for seq in range(4)}
    assert len(ids) == 4
    trace = Trace(trace_id=TRACE, parent_id=PARENT, sampled=False, state="a=b")
    sent = {"traceparent": f"00-{TRACE}-{span_id(CALL, 2)}-00", "tracestate": "a=b"}
    assert headers(trace, span_id(CALL, 2)) == sent
