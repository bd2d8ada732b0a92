"""`guard` for urllib3, over which google-generativeai goes."""

import socket

from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from llm.adapters.transport.guard import check
from llm.core.addresses.reach import Reach


def guard_pools(manager: PoolManager, reach: Reach) -> None:
    """Makes the manager's new connections judge each IP address before they connect to it."""

    class Plain(_Guarded, HTTPConnection):
        guarded_reach = reach

    class Encrypted(_Guarded, HTTPSConnection):
        guarded_reach = reach

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    manager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}


class _Guarded(HTTPConnection):
    """Resolves the name itself, so that the judged address is the one that is connected to."""

    guarded_reach: Reach

    def _new_conn(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: OSError = OSError("no address")
        for address in dict.fromkeys(str(info[4][0]) for info in found):
            try:
                check(address, self.guarded_reach)
                return self._connected(address)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"no connection within {self.timeout} s") from failure
        raise NewConnectionError(self, str(failure)) from failure

    def _connected(self, address: str) -> socket.socket:
        connection: socket.socket = create_connection(
            (address, self.port),
            self.timeout,
            source_address=self.source_address,
            socket_options=self.socket_options,
        )
        return connection
