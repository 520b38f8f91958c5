"""Chapter 02: the other carrier, and what the HTTP side of it answers."""
import http.client
import time
from urllib.parse import urlsplit

from pinnace.carrier import Ended, Failure, open_carrier
from pinnace.device import Device

from .world import LeftOut

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "AAECAwQFBgcICQoLDA0ODw=="}
PINNACE = UPGRADE | {"Sec-WebSocket-Protocol": "other, pinnace.1"}


def websocket_carries_the_same(world):
    if not world.ws:
        raise LeftOut("no --ws")
    requests(world)
    a, b = world.device(), world.device()
    a_session, b_session = world.connect(a, address=world.ws), world.connect(b)
    world.check(a_session.path == "IK", "A over WebSocket: IK with the key that was learnt over TCP")
    payload = bytes(60000)
    sent = a_session.post(b.device_id, payload)
    b_session.wait("DELIVER", payload=payload, device=a.device_id)
    b_session.acknowledge()
    world.receipt(a_session, "delivered", b, sent)
    world.check(a_session.outcome(sent) == "ACCEPTED", "60,000 octets to B over TCP, and B's RECEIPT (CAR-005)")
    newer = world.connect(a)
    a_session.wait("CLOSE", code=world.codec.codes["TAKEN_OVER"])
    world.check(ended_with(world, a_session.carrier) == 1000,
                "taken over by TCP: CLOSE TAKEN_OVER, then WebSocket status 1000 (CAR-016)")
    newer.close(), b_session.close()
    first_contact = world.connect(Device(world.codec), address=world.ws)
    world.check(first_contact.path == "XX", "a new device over WebSocket: XX")
    first_contact.carrier.send("text")
    world.check(ended_with(world, first_contact.carrier) == 1003, "a text message: WebSocket status 1003 (CAR-006)")
    for octets, statuses in ((b"", (None, 1000)), (bytes(65536), (1009,))):
        carrier = open_carrier(world.ws, world.realm.timeout)
        carrier.send(octets)
        world.check(ended_with(world, carrier) in statuses,
                    f"a message of {len(octets)} octets ends the connection (CAR-002, CAR-015)")


def requests(world):
    for text, path, headers, statuses in (
            ("another path", "/other", PINNACE, (404,)),
            ("another path without an upgrade", "/", {}, (404,)),
            ("no upgrade", "/pinnace", {}, (400, 426)),
            ("another version", "/pinnace", PINNACE | {"Sec-WebSocket-Version": "8"}, (400, 426)),
            ("no subprotocol", "/pinnace", UPGRADE, (400,)),
            ("another subprotocol", "/pinnace", UPGRADE | {"Sec-WebSocket-Protocol": "chat"}, (400,)),
            ("a question behind the path", "/pinnace?a=b", PINNACE, (101,))):
        connection = http.client.HTTPConnection(urlsplit(world.ws).netloc, timeout=world.realm.timeout)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if answer.status not in statuses:
            raise Failure(f"{text}: status {answer.status}")
        chosen = [answer.getheader(f"Sec-WebSocket-{name}") for name in ("Protocol", "Extensions")]
        if answer.status == 101 and chosen != ["pinnace.1", None]:
            raise Failure(f"{text}: {answer.getheaders()}")
        connection.close()
    world.check(True, "HTTP: 404, 400 or 426, 400, 101, in this order (CAR-004, CAR-012 to CAR-014)")


def ended_with(world, carrier):
    deadline = time.monotonic() + world.realm.timeout
    while True:
        try:
            carrier.receive(deadline)
        except Ended as end:
            return end.status
