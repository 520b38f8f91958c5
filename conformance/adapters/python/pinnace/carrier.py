"""The two carriers of chapter 02. Both move whole records, and every wait has a deadline (of time.monotonic)."""
import socket
import time
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_websocket

RECORD_LEN_MAX = 65535


class Failure(Exception):
    """A step did not hold. The message is for people."""


class Ended(Failure):
    """The server ended the connection. `status` is WebSocket's."""

    def __init__(self, status=None):
        super().__init__("the server ended the connection" + (f" with status {status}" if status else ""))
        self.status = status


def open_carrier(address, timeout):
    """`address` is written as chapter 02, "Addresses", says."""
    place = urlsplit(address)
    if place.scheme == "tcp":
        return Tcp((place.hostname, place.port), timeout)
    if place.scheme in ("ws", "wss"):
        return WebSocket(f"{place.scheme}://{place.netloc}/pinnace", timeout)
    raise Failure(f"{address}: not tcp, ws or wss")


class Tcp:
    """Two octets of length, one record (CAR-001)."""

    def __init__(self, place, timeout):
        self.timeout, self.buffer = timeout, b""
        self.socket = socket.create_connection(place, timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, record):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(len(record).to_bytes(2, "big") + record)

    def receive(self, deadline):
        while len(self.buffer) < 2 or len(self.buffer) < self.whole():
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                octets = self.socket.recv(65536)
            except ConnectionError:
                octets = b""
            if not octets:
                raise Ended()
            self.buffer += octets
        whole = self.whole()
        record, self.buffer = self.buffer[2:whole], self.buffer[whole:]
        if not record:  # CAR-002
            raise Failure("a record of length zero arrived")
        return record

    def whole(self):
        return 2 + int.from_bytes(self.buffer[:2], "big")

    def close(self):
        self.socket.close()


class WebSocket:
    """One binary message, one record (CAR-005), at /pinnace, under pinnace.1, without compression (CAR-004, CAR-007)."""

    def __init__(self, uri, timeout):
        self.peer = connect_websocket(uri, subprotocols=["pinnace.1"], compression=None, max_size=RECORD_LEN_MAX,
                                      open_timeout=timeout, close_timeout=timeout, ping_interval=None, proxy=None)
        if self.peer.subprotocol != "pinnace.1":
            raise Failure("the server did not take the subprotocol pinnace.1")

    def send(self, record):
        """Octets are a binary message; a text (which no server takes) is a text message."""
        self.peer.send(record)

    def receive(self, deadline):
        try:
            record = self.peer.recv(timeout=max(deadline - time.monotonic(), 0.001))
        except ConnectionClosed as closed:
            raise Ended(closed.rcvd.code if closed.rcvd else None) from None
        if not isinstance(record, bytes) or not record:  # CAR-002
            raise Failure("a text message or an empty one arrived")
        return record

    def close(self):
        self.peer.close()  # with status 1000 (CAR-016)
