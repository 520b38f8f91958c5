"""What is wrong is refused with the very error: the vectors of spec/vectors, told to the server."""
import time

from pinnace.carrier import Ended, Failure, open_carrier
from pinnace.codec import GrammarError
from pinnace.device import Device
from pinnace.records import read_server_record
from pinnace.vectors import octets_of

RECORD_MAX = 65519  # octets of plaintext


def prefaces_are_judged_from_the_front(world):
    """Each vector of a preface is answered as it says; a good one by what its Noise message is worth."""
    reasons, counts = world.codec.values["reject_reason"], {}
    for vector in world.vectors("PREFACE"):
        octets = octets_of(vector["hex"])
        if not octets:
            continue  # a record of length zero is the carrier's affair (CAR-002)
        carrier = open_carrier(world.realm.address, world.realm.timeout)
        carrier.send(octets)
        answer = read_server_record(carrier.receive(time.monotonic() + world.realm.timeout))
        if "error" in vector:
            expected = {"kind": 2, "reason": reasons[vector["error"]["code"]], "highest_version": 1}
        elif vector["value"]["pattern"] == 2:
            expected = {"kind": 1}  # RETRY: it does not open
        else:
            expected = {"kind": 0} if len(octets_of(vector["value"]["noise"])) == 32 else {
                "kind": 2, "reason": reasons["BAD_HANDSHAKE"]}
        if not expected.items() <= answer.items():
            raise Failure(f"{vector['id']}: {answer} in place of {expected}")
        if answer["kind"] == 2 and not has_ended(world, carrier):
            raise Failure(f"{vector['id']}: the connection goes on after REJECT")
        counts[answer["kind"]] = counts.get(answer["kind"], 0) + 1
        carrier.close()
    world.check(counts[2] > 30,
                f"prefaces: {counts[2]} REJECTs, {counts[1]} RETRY, {counts[0]} handshakes (CHN-001 to CHN-006)")


def has_ended(world, carrier):
    try:
        carrier.receive(time.monotonic() + world.realm.timeout)
    except Ended:
        return True
    return False


def frames_are_judged_in_reading_order(world):
    """One bad vector for each frame and kind of error, and each of several errors: a PING before it is answered, then comes
    CLOSE with the code, the frame type and the offset (FRM-016, FRM-018, FRM-019)."""
    codec, seen, device = world.codec, set(), Device(world.codec)
    ping = codec.write_frame("PING", {"token": 1})
    for vector in world.vectors(*codec.frames, "RECORD"):
        key = vector["id"] if "/order/" in vector["id"] else (vector["frame"], vector.get("error", {}).get("kind"))
        octets = octets_of(vector["hex"])
        if "error" not in vector or key in seen or vector.get("value") or len(octets) > RECORD_MAX - len(ping):
            continue
        seen.add(key)
        error = grammar_error(codec, ping + octets)
        session = world.connect(device)
        session.seal(ping + octets)
        session.wait("PONG", token=1)
        try:
            session.end(vector["error"]["code"], offset=vector["error"]["offset"] + len(ping), frame_type=error.frame_type)
        except Failure as failure:
            raise Failure(f"{vector['id']}: {failure}") from None
    world.check(len(seen) > 200,
                f"{len(seen)} errors of the grammar: CLOSE with code, type and offset, behind the PONG before them")


def grammar_error(codec, octets):
    try:
        list(codec.read_frames(octets))
    except GrammarError as error:
        return error
    raise Failure("a bad vector is read as good")


def frames_of_the_server_are_refused(world):
    """A well-formed frame that only servers send: CLOSE OUT_OF_STATE, without an offset (SES-025, FRM-020)."""
    device, codec, count = world.device(), world.codec, 0
    for name, frame in codec.frames.items():
        if "client" in frame["from"]:
            continue
        vector = next(vector for vector in world.vectors(name) if vector["id"] == f"{name}/golden")
        session = world.connect(device)
        session.seal(octets_of(vector["hex"]))
        closed = session.end("OUT_OF_STATE", frame_type=frame["type"])
        if "offset" in closed:
            raise Failure(f"{name}: an offset in answer to a frame that is well-formed")
        count += 1
    world.check(count > 10, f"{count} frames of servers: CLOSE OUT_OF_STATE with their type, no offset")


def first_flights_are_judged_as_a_whole(world):
    device, codec = world.device(), world.codec
    other, types = world.device(), {name: frame["type"] for name, frame in codec.frames.items()}
    bind, send = ("BIND", {"alias": 0, "device": other.device_id}), ("SEND", {"client_seq": 1, "alias": 0, "payload": b"\0x"})
    accepted = {"cursor": 9, "ranges": []}
    for text, code, frame_type, early in (
            ("PING", "EARLY_FORBIDDEN", "PING", [bind, send, ("PING", {"token": 1})]),
            ("VOID", "EARLY_FORBIDDEN", "VOID", [bind, send, ("VOID", {"client_seq": 2})]),
            ("a second HELLO", "OUT_OF_STATE", "HELLO", [("HELLO", hello(device))]),
            ("a frame of servers", "OUT_OF_STATE", "GAP", [("GAP", {"mailbox_seq": 1, "count": 1, "reason": 0})]),
            ("a SEND before its BIND", "ALIAS_UNBOUND", "SEND", [send, bind]),
            ("an alias beyond alias_max", "LIMIT_EXCEEDED", "BIND", [bind, send, ("BIND", bind[1] | {"alias": 16383})]),
            ("an ACK of what was never assigned", "ACK_INVALID", None, [("ACK", accepted)])):
        session = world.connect(device, early=early, judge=False)
        session.end(code, frame_type=types[frame_type] if frame_type else 0)
        world.check(True, f"a first flight with {text}: CLOSE {code}")
    many = [bind] + [("SEND", send[1] | {"client_seq": n}) for n in range(1, 66)]
    session = world.connect(device, early=many, judge=False)
    session.end("EARLY_FORBIDDEN", frame_type=types["SEND"])
    session = world.connect(device)
    world.check(session.welcome["handled"] == 0,
                "65 SENDs: CLOSE EARLY_FORBIDDEN; none of all these took effect (SES-004, SES-005)")
    session.close()
    device.cursor = 5
    session = world.connect(device, judge=False)
    session.end("ACK_INVALID", frame_type=0)
    world.check(True, "a HELLO whose cursor was never assigned: CLOSE ACK_INVALID (SES-035)")


def hello(device):
    return {"hello_counter": device.hello_counter + 5, "settled": 0, "cursor": 0, "activity": 0, "credit_count": 1,
            "credit_bytes": 1}


def a_stranger_may_only_register(world):
    """An unregistered device: what may come, and what may not (REG-002)."""
    device, other, codec = Device(world.codec), world.device(), world.codec
    session = world.connect(device, early=[("BIND", {"alias": 0, "device": other.device_id})])
    world.check(session.welcome["standing"] == 0, "BIND in its first flight has no effect")
    session.sync()
    session.close()
    for name in ("SEND", "VOID", "EPHEMERAL", "BIND", "ACK", "NACK", "DEVICES_QUERY", "REGISTER_DEVICE"):
        vector = next(vector for vector in world.vectors(name) if vector["id"] == f"{name}/golden")
        session = world.connect(device)
        session.seal(octets_of(vector["hex"]))
        session.end("OUT_OF_STATE", frame_type=codec.frames[name]["type"])
    world.check(True, "eight frames of registered devices: CLOSE OUT_OF_STATE")

