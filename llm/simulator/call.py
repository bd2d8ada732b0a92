"""What one vendor request is answered: the order of edge, key, refusals and the model's reply. How it is
sent is in `delivery.py`."""

import asyncio
import json
from dataclasses import replace

from aiohttp import web

from llm.simulator.accounts.state import Account
from llm.simulator.faults.catalogue import EDGE_FAULTS, ERROR_FAULTS, Fault, FaultName
from llm.simulator.http.delivery import Delivery
from llm.simulator.http.edge import edge_answer
from llm.simulator.http.exchange import InvalidRequest, Operation, Stamp, WireAnswer, WireError, WireRoute
from llm.simulator.model.chat import SimulatedFinish, SimulatedReply
from llm.simulator.model.replies import cut_to_nothing, make_reply, refused_midway

_NO = "I'm sorry, but I can't help with that."
_BROKEN_EVENT = b'{"broken": [{"'


class VendorExchange:
    """One request to a path that exists."""

    def __init__(
        self,
        account: Account,
        route: WireRoute,
        request: web.Request,
        raw: bytes,
        stamp: Stamp,
        fault: Fault | None,
    ) -> None:
        self._account = account
        self._wire = account.wire
        self._route = route
        self._request = request
        self._raw = raw
        self._stamp = stamp
        self._fault = fault

    async def answer(self, delivery: Delivery) -> web.StreamResponse:
        if self._fault and self._fault.name in (FaultName.SILENCE, FaultName.RESET):
            return await delivery.nothing()
        try:
            answer = self._at_the_edge()
            if answer is None:
                self._check_key()
                self._refuse_as_told()
                if self._route.ask is not Operation.MODELS:
                    return await self._complete(delivery)
                answer = self._wire.models(self._route, self._account.catalogue, self._stamp)
        except InvalidRequest as error:
            answer = self._wire.refuse(error.refusal, self._stamp, self._route)
        return await delivery.whole(answer)

    def _at_the_edge(self) -> WireAnswer | None:
        if self._fault is None:
            return None
        if self._fault.name in EDGE_FAULTS:
            raise InvalidRequest(self._refusal(self._fault))
        return edge_answer(self._fault, self._wire.vendor, self._route, self._request.path)

    def _key(self) -> str:
        return self._wire.key({name.lower(): text for name, text in self._request.headers.items()}, self._request.query)

    def _check_key(self) -> None:
        if not self._account.takes(self._key()):
            raise InvalidRequest(self._wire.wrong_key())

    def _refuse_as_told(self) -> None:
        fault = self._fault
        if fault is None:
            return
        if fault.name is FaultName.ERROR_EVENT and self._route.ask is not Operation.STREAM:
            raise InvalidRequest(self._refusal(fault, fault.error))
        if fault.name in ERROR_FAULTS and not self._filters_in_finish():
            raise InvalidRequest(self._refusal(fault))

    def _filters_in_finish(self) -> bool:
        if self._fault is None or self._fault.name is not FaultName.CONTENT_FILTERED:
            return False
        if self._fault.variant:
            return self._fault.variant != "error"
        return self._wire.refuses_in_finish

    def _refusal(self, fault: Fault, name: FaultName | None = None) -> WireError:
        refusal = self._wire.fault(replace(fault, name=name or fault.name), self._route.model)
        return replace(
            refusal,
            status=fault.status or refusal.status,
            message=fault.message or refusal.message,
            headers={**refusal.headers, **fault.headers},
        )

    async def _complete(self, delivery: Delivery) -> web.StreamResponse:
        request = self._wire.read(self._route, self._raw, self._account.catalogue)
        if self._route.ask is Operation.COUNT:
            return await delivery.whole(self._wire.count(request, self._stamp))
        script = self._account.script
        reply = make_reply(request, script, self._wire.title)
        if self._fault and self._fault.name is FaultName.EMPTY:
            reply = cut_to_nothing(reply, SimulatedFinish.STOP)
        elif self._fault and self._filters_in_finish():
            reply = _refused(reply, self._fault.variant)
        self._account.ledger.bill(key=self._key(), model=request.model, reply=reply)
        if script.latency:
            await asyncio.sleep(script.latency)
        if self._route.ask is Operation.PLAIN:
            plain = self._wire.plain(request, reply, self._stamp)
            return await delivery.whole(replace(plain, headers={**plain.headers, **script.headers}))
        stream = self._wire.stream(self._route, request, reply, self._stamp)
        stream = replace(stream, headers={**stream.headers, **script.headers})
        return await delivery.streamed(stream, script, self._interruption())

    def _interruption(self) -> bytes:
        fault = self._fault
        if fault is not None and fault.name is FaultName.MALFORMED_CHUNK:
            return self._wire.frame(_BROKEN_EVENT, self._route, error=False)
        if fault is None or fault.name is not FaultName.ERROR_EVENT:
            return b""
        if fault.body is not None:
            data = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
            return self._wire.frame(data.encode(), self._route, error=True)
        return self._wire.mid_stream_error(self._refusal(fault, fault.error), self._stamp, self._route)


def _refused(reply: SimulatedReply, variant: str) -> SimulatedReply:
    """The answer that the content filter, or the model itself, turned into a refusal."""
    if variant == "partial":
        return refused_midway(reply)
    if variant == "refusal":
        return cut_to_nothing(reply, SimulatedFinish.REFUSED, refusal=_NO)
    return cut_to_nothing(reply, SimulatedFinish.PROMPT_BLOCKED if variant == "prompt" else SimulatedFinish.REFUSED)
