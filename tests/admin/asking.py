"""Calls for the screens to show: made through the services, recorded by the real writer."""

from llm.core.calls import Answer, Caller, CallOptions
from llm.core.chat.request import ChatRequest, Role, message
from llm.services.calls.run import complete_sync
from llm.services.runtime import call_log


def ask(*, request_id: str = "", origin: str = "api", consumer: str = "alice", route: str = "default") -> Answer:
    request = ChatRequest(messages=(message(Role.USER, "My tap is leaking in Bonapriso"),), language="en")
    caller = Caller(consumer=consumer, origin=origin, request_id=request_id)
    answer = complete_sync(request, caller=caller, options=CallOptions(route=route))
    call_log.flush()
    return answer
