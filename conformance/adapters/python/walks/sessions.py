"""Chapter 05: coming back, takeover, credit, life, the end."""
import os
import signal
import time

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pinnace.carrier import Failure
from pinnace.codec import write_tlv
from pinnace.reconnect import pause_s

from .world import LeftOut


def a_client_comes_back(world):
    """What has no outcome is sent again, what is not acknowledged comes again; nothing comes twice."""
    a, b = world.device(), world.device()
    session = world.connect(a)
    payloads = [bytes([0, n]) for n in range(12)]
    for payload in payloads:
        session.post(b.device_id, payload)
    session.drop()  # before any outcome was read
    world.check(not a.outcomes, "12 messages were sent, then the network went")
    pause = pause_s(world.codec, failures=1)
    world.check(0 <= pause <= 0.5, f"back after {pause * 1000:.0f} ms, a random wait below backoff_base_ms (SES-036)")
    time.sleep(pause)
    session = world.connect(a)
    world.check([session.outcome(number) for number in range(1, 13)] == ["ACCEPTED"] * 12,
                f"all have their outcome: {session.welcome['handled']} by WELCOME, the others by the first flight")
    session.close()
    b_session = world.connect(b)
    for seq, payload in enumerate(payloads, 1):
        b_session.wait("DELIVER", mailbox_seq=seq, payload=payload)
    b.put_back(7), b.put_back(8)  # these two had not become durable
    b_session.acknowledge()
    b_session.sync()
    b_session.drop()
    b_session = world.connect(b)
    again = [b_session.wait("DELIVER", mailbox_seq=seq)["payload"] for seq in (7, 8)]
    world.gap(b_session, "acknowledged", 9, 4)
    world.check(again == payloads[6:8] and world.nothing(b_session, "DELIVER"),
                "B took twelve and kept ten: after a loss the two come again, the others are one GAP (DLV-025)")
    b_session.close()


def an_outdated_edge_key_is_refused(world):
    device = world.device()
    outdated = X25519PrivateKey.generate().public_key().public_bytes_raw()
    before = device.hello_counter
    session = world.connect(device, edge_key=outdated)
    world.check(session.path == "XX after RETRY",
                "IK with an outdated edge key: RETRY, then XX on the same connection (CHN-006)")
    world.check(device.hello_counter == before + 2, "the flight after RETRY took a further hello_counter")
    session.close()
    device.route_token = os.urandom(64)
    session = world.connect(device)
    world.check(session.path == "IK", "a route token that nobody issued does no harm (CHN-016)")
    session.close()


def a_flight_is_stale(world):
    device = world.device()
    device.hello_counter -= 1
    session = world.connect(device, judge=False)
    closed = session.end("STALE_HELLO")
    world.check(closed["hello_counter"] == device.hello_counter,
                "an old hello_counter: CLOSE STALE_HELLO with the stored one (SES-006)")
    world.check(pause_s(world.codec, 1, closed) == 0, "that asks for a new connection at once")
    session = world.connect(device)
    session.close()


def a_newer_session_takes_over(world):
    device = world.device()
    older = world.connect(device)
    newer = world.connect(device)
    world.check(newer.welcome["session_epoch"] > older.welcome["session_epoch"],
                "a second connection has a higher epoch (SES-008)")
    closed = older.end("TAKEN_OVER", frame_type=0)
    world.check(pause_s(world.codec, 1, closed) is None,
                "the older one hears TAKEN_OVER, and stays away (SES-015, SES-037)")
    newer.sync()
    newer.drop()


def an_unconfirmed_session_takes_nothing(world):
    a, b = world.device(), world.device()
    sender = world.connect(a)
    sent = sender.post(b.device_id, b"\0kept")
    older = world.connect(b)
    older.wait("DELIVER", mailbox_seq=1)
    newer = world.connect(b, confirm=False, keep_alive=False)  # its HELLO says cursor 1
    older.sync()
    world.check(world.nothing(older, "CLOSE") and not older.closed,
                "a newer session without confirmation: the older one lives (SES-014)")
    world.check(not newer.find("DELIVER", {}) and world.nothing(sender, "RECEIPT"),
                "its cursor acknowledges nothing yet (SES-017)")
    if newer.limits["confirm_ms"] > world.realm.timeout * 1000:
        raise LeftOut(f"confirm_ms is {newer.limits['confirm_ms']}")
    newer.end("IDLE")
    older.end("INTERNAL")
    world.check(True, "after confirm_ms IDLE for the newer, INTERNAL for the older (SES-013, SES-046)")
    b.put_back(1)
    session = world.connect(b)
    session.wait("DELIVER", mailbox_seq=1)
    session.acknowledge()
    world.receipt(sender, "delivered", b, sent)
    world.check(True, "the item comes again, and is acknowledged by a session that is confirmed")
    sender.close(), session.close()


def credit_bounds_both_sides(world):
    a, b = world.device(), world.device()
    a_session = world.connect(a)
    granted = a_session.allowed[0]
    sent = [a_session.post(b.device_id, b"\0") for _ in range(granted + 3)]  # waits for CREDIT where it has to
    world.check(all(a_session.outcome(number) == "ACCEPTED" for number in sent) and a_session.credits,
                f"A: {len(sent)} messages on a first allowance of {granted}, {a_session.credits} times CREDIT (SES-023)")
    b_session = world.connect(b, credit={"credit_count": 3}, grants=False)
    for seq in (1, 2, 3):
        b_session.wait("DELIVER", mailbox_seq=seq)
    world.check(world.nothing(b_session, "DELIVER"), "B granted 3: DELIVER stops at 3 (SES-020)")
    b_session.acknowledge()
    world.check(world.nothing(b_session, "DELIVER"), "an ACK gives no credit back")
    b_session.grant(5, b_session.granted[1])
    b_session.wait("DELIVER", mailbox_seq=4), b_session.wait("DELIVER", mailbox_seq=5)
    world.check(world.nothing(b_session, "DELIVER"), "CREDIT of 5 in all: 2 more")
    b_session.grant(5, b_session.granted[1])
    b_session.sync()
    b_session.send("CREDIT", count_limit=4, bytes_limit=b_session.granted[1])
    b_session.end("FLOW_CONTROL", frame_type=world.codec.frames["CREDIT"]["type"])
    world.check(True, "equal totals are no error, a lower one: CLOSE FLOW_CONTROL (SES-022)")
    over = min(granted, a_session.limits["inflight_max"]) + a_session.limits["inflight_max"] + 1
    first = a.last_seq + 1
    a_session.seal(b"".join(world.codec.write_frame("VOID", {"client_seq": first + n}) for n in range(over)))
    a_session.end("FLOW_CONTROL", frame_type=world.codec.frames["VOID"]["type"])
    world.check(True, f"{over} VOIDs at once: CLOSE FLOW_CONTROL (SES-021, DLV-045)")


def a_full_mailbox_flows(world):
    """B grants more when more than half of its last grant is used, which is late, and says nothing else."""
    a, b = world.device(), world.device()
    a_session = world.connect(a)
    count = min(300, a_session.limits["send_burst"])
    for _ in range(count):
        a_session.post(b.device_id, b"\0")
    world.check(a_session.outcome(count) == "ACCEPTED", f"{count} messages wait for B")
    for credit in (1, 8, 64):
        b_session = world.connect(b, credit={"credit_count": credit}, keep_alive=False, grants=False)
        while (used := b_session.granted[0] - (credit - 1) // 2) < count:
            b_session.wait("DELIVER", mailbox_seq=used)
            b_session.grant(used + credit, b_session.granted[1])
        b_session.wait("DELIVER", mailbox_seq=count)
        world.check(b.cursor == count, f"B grants {credit} at a time: all come (SES-020, SES-040)")
        b_session.drop()
        b.hold([])
    a_session.close()


def a_long_message_finds_room(world):
    """A little was used of the first allowance, less than half: what is left may be too little for the longest message."""
    a, b = world.device(), world.device()
    session, b_session = world.connect(a), world.connect(b, credit={"credit_bytes": 65535})
    for size in (30000, session.limits["payload_len_max"]):
        number = session.post(b.device_id, bytes(size))
        b_session.wait("DELIVER", payload=bytes(size))
        world.check(session.outcome(number) == "ACCEPTED", f"{size} octets, of credit for {session.welcome['credit_bytes']}")
    session.close(), b_session.close()


def silence_is_asked_about(world):
    idle_s = world.connect(world.device()).limits["idle_ms"] / 1000
    if idle_s > world.realm.timeout:
        raise LeftOut(f"idle_ms is {idle_s:.0f} s")
    asking, silent = world.connect(world.device()), world.connect(world.device(), keep_alive=False)
    world.nothing(asking, "nothing", seconds=idle_s + 1)
    world.check(asking.pings > 0 and not asking.closed,
                f"{asking.pings} PINGs kept a session alive beyond idle_ms (SES-018)")
    silent.end("IDLE", frame_type=0)
    world.check(True, "one that was silent: CLOSE IDLE (SES-019)")
    asking.close()


def grease_is_skipped(world):
    codec, session = world.codec, world.connect(world.device())
    greased = write_tlv(codec.grease[1], os.urandom(3))
    for grease in codec.grease:
        ping = codec.write_frame("PING", {"token": grease}, b"tlv")
        session.seal(greased + write_tlv(grease, os.urandom(5)) + ping + greased)
        session.wait("PONG", token=grease)
    world.check(True,
                f"{len(codec.grease)} GREASE frames and extensions are skipped, the PING beside them is answered (FRM-008, FRM-010)")
    session.handle_record(greased + codec.write_frame("PONG", {"token": 8}, b"tlv"))  # as if the server had sent it
    session.wait("PONG", token=8)
    world.check(session.skipped > 0, f"here too ({session.skipped - 1} of the server's)")
    session.close()


def the_server_stops(world):
    """The last walk: it ends the server."""
    if not world.stop:
        raise LeftOut("no --stop")
    a, b = world.device(), world.device()
    a_session, b_session = world.connect(a), world.connect(b)
    b_session.sync()
    os.kill(world.stop, signal.SIGTERM)
    goaway = a_session.wait("GOAWAY")
    b_session.wait("GOAWAY")
    world.check(True, f"GOAWAY, {goaway['drain_ms']} ms to finish (SES-028)")
    sent = a_session.post(b.device_id, b"\0late") if goaway["drain_ms"] else None
    if sent:
        b_session.wait("DELIVER", payload=b"\0late")
        b_session.acknowledge()
        world.check(a_session.outcome(sent) == "ACCEPTED", "what was on its way still has its outcome (SES-029)")
        world.receipt(a_session, "delivered", b, sent)
    closed = [session.end("SHUTDOWN") for session in (a_session, b_session)]
    world.check(all(pause_s(world.codec, 1, one) is not None for one in closed), "then CLOSE SHUTDOWN (SES-030)")
    try:
        world.connect(a).close()
    except (Failure, OSError):
        world.check(True, "nobody answers there any more")
