"""A TCP line to the real Redis that tests can stall, slow down and cut, without disturbing the server."""

import socket
import threading
import time
from contextlib import suppress


class Proxy:
    """Listens from `open()` on; before that, and after `cut()`, its port refuses."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._asking, self._answering = threading.Event(), threading.Event()
        self._delay_s = 0.0
        self._listener: socket.socket | None = None
        self._lines: list[socket.socket] = []
        self.resume()

    def open(self) -> None:
        """Accepts, and passes on."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        listener, self._listener = self._listener, None
        for line in [*([listener] if listener else []), *self._lines]:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()
        self.resume()

    def stall(self) -> None:
        """Accepts and takes, but passes nothing on: what a stopped or unreachable server looks like."""
        self._asking.clear()
        self._answering.clear()

    def stall_answers(self) -> None:
        """Redis hears and does, but nobody hears of it."""
        self._answering.clear()

    def slow_down(self, seconds: float) -> None:
        """Each answer takes that much longer."""
        self._delay_s = seconds

    def resume(self) -> None:
        """All is well again; what was stalled is passed on."""
        self._delay_s = 0.0
        self._asking.set()
        self._answering.set()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            self._lines += [near, far]
            for source, sink, gate in ((near, far, self._asking), (far, near, self._answering)):
                threading.Thread(target=self._pump, args=(source, sink, gate), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, gate: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                gate.wait()
                if gate is self._answering and self._delay_s:
                    time.sleep(self._delay_s)
                sink.sendall(data)
        for line in (source, sink):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
