"""Receivers of alerts in tests: a small SMTP server and a small HTTP server on loopback."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class MailServer:
    """Accepts every mail, or refuses each with `refuse_with` ("451 later")."""

    port: int = 0
    refuse_with: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection by RFC 5321, without extensions."""
        writer.write(b"220 tests ready\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                break
            if verb == b"MAIL" and self.refuse_with:
                writer.write(self.refuse_with.encode() + b"\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                data = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(message_from_bytes(data[:-3], policy=policy.default))
                writer.write(b"250 taken\r\n")
            else:
                if verb == b"RCPT":
                    self.recipients.append(line.decode().strip())
                writer.write(b"250 fine\r\n")
            await writer.drain()
        writer.write(b"221 bye\r\n")
        writer.close()
        await writer.wait_closed()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server, loop, started, over = MailServer(), asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        started.set()
        await over.wait()
        listening.close()
        await listening.wait_closed()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(30)
    yield server
    loop.call_soon_threadsafe(over.set)
    thread.join(30)


@dataclass(frozen=True, kw_only=True)
class Post:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hook:
    """Answers every POST with `status` once `answers`, an event of the test, is set."""

    port: int = 0
    status: int = 200
    posts: list[Post] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T0/B0/very-secret-path"


@contextmanager
def hook_server() -> Iterator[Hook]:
    hook = Hook()
    hook.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.posts.append(Post(path=self.path, headers=headers, body=body))
            hook.answers.wait(30)
            self.send_response(hook.status)
            if hook.status == 302:
                self.send_header("Location", hook.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keeps the server's log out of the test runner's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield hook
    hook.answers.set()
    server.shutdown()
    server.server_close()
    thread.join(30)
