"""Chapter 07: outcomes, the mailbox, acknowledgements."""
import time

from pinnace.device import Device, Message


def a_message_rides_in_the_first_flight(world):
    a, b = world.device(), world.device()
    payload = b"\0ahoy"  # a text of the plain payload (chapter 12)
    sent = a.enqueue(Message(b.device_id, payload, {}))
    a_session = world.connect(a)
    world.check(a_session.path == "IK" and a_session.outcome(sent) == "ACCEPTED",
                "the SEND of the first flight is ACCEPTED; B is away")
    b_session = world.connect(b)
    where = "beside WELCOME" if b_session.inbox else "after WELCOME"
    message = b_session.wait("DELIVER", mailbox_seq=1, payload=payload, device=a.device_id)
    world.check("class" not in message, f"B: DELIVER 1 comes {where}, from A, octet by octet (DLV-023)")
    world.check(world.nothing(a_session, "RECEIPT"), "no RECEIPT before B has acknowledged (DLV-033)")
    b_session.acknowledge()
    world.receipt(a_session, "delivered", b, sent)
    a_session.acknowledge()
    world.check(True, "B acknowledged: A has RECEIPT delivered (DLV-032)")
    for session in (a_session, b_session):
        session.close()
    b_session = world.connect(b)
    world.check(b_session.welcome["cursor"] == 1 and world.nothing(b_session, "DELIVER"),
                "the message does not come again (DLV-027)")
    b_session.close()


def each_number_has_one_outcome(world):
    codec, a, b = world.codec, world.device(), world.device()
    session, b_session = world.connect(a), world.connect(b)
    body = Message(b.device_id, b"\0one", {})
    one = session.post(*body[:2])
    world.check(session.outcome(one) == "ACCEPTED", "SEND: ACCEPTED")
    session.transmit(one, body)
    session.wait("ACCEPTED", client_seq=one)
    world.check(True, "the same number and body again: ACCEPTED again (DLV-003)")
    conflict(session, one, Message(b.device_id, b"\0another", {}))
    world.check(True, "the same number, another body: ERROR IDEMPOTENCY_CONFLICT (DLV-004)")
    conflict(session, one, body._replace(extensions={"expires_in_s": 60}))
    world.check(True, "the same number and payload, another expiry: ERROR IDEMPOTENCY_CONFLICT")
    session.aliases[b.device_id] = 900
    session.send("BIND", alias=900, device=b.device_id)
    session.transmit(one, body)
    session.wait("ACCEPTED", client_seq=one)
    world.check(True, "the same body through another alias: ACCEPTED again")
    session.transmit(one + 7, body)
    session.wait("ERROR", code=codec.codes["SEQ_GAP"], frame_type=codec.frames["SEND"]["type"], subject=one + 7,
                 expected=one + 1)
    world.check(True, "a number ahead: ERROR SEQ_GAP with the expected one (DLV-005)")
    refusals(world, session, b)
    void = session.void()
    world.check(session.outcome(void) == "VOIDED", "VOID of the next number: VOIDED (DLV-018)")
    session.send("VOID", client_seq=one)
    session.wait("ACCEPTED", client_seq=one)
    world.check(True, "VOID of an accepted number: ACCEPTED (DLV-019)")
    conflict(session, void, body)
    world.check(True, "SEND on a voided number: ERROR IDEMPOTENCY_CONFLICT (DLV-020)")
    session.close()
    b_session.wait("DELIVER", payload=b"\0one")
    world.check(world.nothing(b_session, "DELIVER"), "B got one message")
    b_session.close()
    a.outbox = {number: body for number in range(1, a.last_seq + 1)}  # as if A had lost all its outcomes
    told = [a.outcomes[number] for number in range(1, a.last_seq + 1)]
    a.outcomes = {}
    session = world.connect(a, repeat=False)
    world.check([a.outcomes[number] for number in range(1, a.last_seq + 1)] == told,
                f"WELCOME tells {len(told)} outcomes again, {len(session.welcome['exceptions'])} by exceptions (SES-009, SES-010)")
    session.close()


def refusals(world, session, b):
    stranger = Device(world.codec)
    for text, code, to, payload, extensions in (
            ("a device that nobody registered", "UNKNOWN_DEVICE", stranger, b"\0", {}),
            ("a class that is not in the registry", "UNKNOWN_CLASS", b, b"\0", {"class": 77}),
            ("an unknown class and an unknown device", "UNKNOWN_CLASS", stranger, b"\0", {"class": 77})):
        number = session.post(to.device_id, payload, **extensions)
        world.check(session.outcome(number) == code, f"SEND to {text}: REFUSED {code}")
    if session.limits["payload_len_max"] < world.codec.limits["payload_len_max"]["max"]:
        number = session.post(b.device_id, bytes(session.limits["payload_len_max"] + 1))
        world.check(session.outcome(number) == "PAYLOAD_TOO_LARGE",
                    "a payload above payload_len_max: REFUSED PAYLOAD_TOO_LARGE")


def conflict(session, number, body):
    session.transmit(number, body)
    session.wait("ERROR", code=session.codec.codes["IDEMPOTENCY_CONFLICT"], subject=number)


def items_are_acknowledged_out_of_order(world):
    a, b = world.device(), world.device()
    a_session, b_session = world.connect(a), world.connect(b)
    sent = [a_session.post(b.device_id, bytes([0, n])) for n in range(6)]
    for seq in range(1, 7):
        b_session.wait("DELIVER", mailbox_seq=seq)
    for seq in (1, 3, 6):  # as if these had not become durable
        b.put_back(seq)
    world.check(b.ack() == {"cursor": 0, "ranges": [{"skip": 1, "count": 1}, {"skip": 1, "count": 2}]},
                "B has 2, 4 and 5 of six")
    b_session.acknowledge()
    world.check([a_session.outcome(number) for number in sent] == ["ACCEPTED"] * 6, "A: six times ACCEPTED")
    delivered = a_session.wait("RECEIPT", status=0)["ranges"]
    world.check(delivered == [{"first": sent[1], "count": 1}, {"first": sent[3], "count": 2}],
                "A: one RECEIPT, two ranges")
    b_session.close()
    b_session = world.connect(b)
    world.gap(b_session, "acknowledged", 2)
    world.gap(b_session, "acknowledged", 4, 2)
    came = [b_session.wait("DELIVER", mailbox_seq=seq)["payload"] for seq in (1, 3, 6)]
    world.check(came == [b"\0\0", b"\0\2", b"\0\5"],
                "B again: GAP acknowledged for these, DELIVER of the others (DLV-028)")
    b_session.acknowledge()
    rest = a_session.wait("RECEIPT", status=0)["ranges"]
    world.check(b.cursor == 6 and rest == [{"first": sent[n], "count": 1} for n in (0, 2, 5)],
                "B's cursor has passed all six: the rest are told")
    b_session.send("ACK", cursor=6, ranges=[{"skip": 1, "count": 1}])
    b_session.end("ACK_INVALID", frame_type=world.codec.frames["ACK"]["type"])
    world.check(True, "ACK of a number that was never assigned: CLOSE ACK_INVALID (DLV-029)")
    a_session.close()


def items_are_rejected(world):
    reasons, a, b = world.codec.values["nack_reason"], world.device(), world.device()
    a_session, b_session = world.connect(a), world.connect(b)
    bad, later, silent = (a_session.post(b.device_id, b"\xff"), a_session.post(b.device_id, b"\0"),
                          a_session.post(b.device_id, b"\xff", no_receipt=True))
    for seq in (1, 2, 3):
        b_session.wait("DELIVER", mailbox_seq=seq)
    b_session.reject(1, reasons["malformed"])
    b_session.reject(3, 63)  # unknown, terminal (EXT-004)
    b_session.reject(2, reasons["later"])
    world.receipt(a_session, "rejected", b, bad)
    world.check(True, "NACK with a terminal reason: A has RECEIPT rejected (DLV-036)")
    world.check(world.nothing(b_session, "DELIVER", "GAP"), "nothing comes twice in the session (DLV-026)")
    b_session.drop()
    b.put_back(1), b.put_back(3)  # B is told again what became of them
    b_session = world.connect(b)
    world.gap(b_session, "rejected", 1), world.gap(b_session, "rejected", 3)
    b_session.wait("DELIVER", mailbox_seq=2)
    world.check(True, "B again: GAP rejected for these, DELIVER for the one that was put off (DLV-035, DLV-037)")
    b_session.acknowledge()
    world.receipt(a_session, "delivered", b, later)
    world.check(world.nothing(a_session, "RECEIPT"), f"none for {silent}, which asked for no receipt (DLV-034)")
    a_session.close(), b_session.close()
    b_session = world.connect(b)
    world.check(b_session.welcome["cursor"] == 3 and not b.nacks,
                "WELCOME's cursor has passed them: the NACKs are forgotten (DLV-054)")
    b_session.close()


def items_expire(world):
    a, b = world.device(), world.device()
    a_session = world.connect(a)
    short = a_session.post(b.device_id, b"\0soon old", expires_in_s=1)
    long = a_session.post(b.device_id, b"\0lasting", expires_in_s=3600)
    silent = a_session.post(b.device_id, b"\0soon old", expires_in_s=1, no_receipt=True)
    world.check([a_session.outcome(n) for n in (short, long, silent)] == ["ACCEPTED"] * 3,
                "A: two of three live for a second")
    world.receipt(a_session, "expired", b, short)
    world.check(world.nothing(a_session, "RECEIPT"), "A has RECEIPT expired, for the one that wanted one (DLV-039)")
    b_session = world.connect(b)
    world.gap(b_session, "expired", 1), world.gap(b_session, "expired", 3)
    b_session.wait("DELIVER", mailbox_seq=2)
    world.check(True, "B: GAP expired, and the other message (DLV-038, DLV-040)")
    a_session.close(), b_session.close()


def a_message_is_given_up(world):
    a, b = world.device(), world.device()
    a_session = world.connect(a)
    sent = a_session.post(b.device_id, b"\0poison")
    world.check(a_session.outcome(sent) == "ACCEPTED", "A: a message that B never takes")
    offers = a_session.limits["redelivery_max"]
    for offer in range(offers):
        b_session = world.connect(b)
        b_session.wait("DELIVER", mailbox_seq=1)
        b_session.sync()
        b_session.drop()
        b.put_back(1)  # B falls over it
    b_session = world.connect(b)
    world.gap(b_session, "undeliverable", 1)
    world.check(True, f"B, after {offers} confirmed sessions: GAP undeliverable (DLV-041)")
    world.receipt(a_session, "undeliverable", b, sent)
    world.check(True, "A has RECEIPT undeliverable")
    a_session.close(), b_session.close()


def what_is_ephemeral_is_dropped_first(world):
    a, b = world.device(), world.device()
    a_session, b_session = world.connect(a), world.connect(b)
    b_session.sync()  # only a confirmed session is handed ephemerals
    a_session.send("BIND", alias=0, device=b.device_id)
    a_session.send("EPHEMERAL", alias=0, payload=b"typing")
    message = b_session.wait("EPHEMERAL", payload=b"typing")
    world.check(message["device"] == a.device_id, "EPHEMERAL: B has it, under an alias of A (DLV-043)")
    rate, burst = a_session.limits["ephemeral_rate_per_s"], a_session.limits["ephemeral_burst"]
    begun = time.monotonic()
    for n in range(2 * burst):
        a_session.send("EPHEMERAL", alias=0, payload=n.to_bytes(2, "big"))
    a_session.sync()
    allowed = burst + rate * (time.monotonic() - begun + 1)
    b_session.sync()
    world.nothing(b_session, "none of these")
    came = sum(name == "EPHEMERAL" for name, _ in b_session.inbox)
    world.check(0 < came <= allowed, f"{2 * burst} at once: {came} came, A heard nothing (DLV-044, DLV-053)")
    b_session.close()
    a_session.send("EPHEMERAL", alias=0, payload=b"away")
    a_session.sync()
    b_session = world.connect(b)
    world.check(world.nothing(b_session, "EPHEMERAL"), "B was away: it is not kept (DLV-042)")
    b_session.close()
    a_session.send("EPHEMERAL", alias=1, payload=b"whom?")
    a_session.end("ALIAS_UNBOUND", frame_type=world.codec.frames["EPHEMERAL"]["type"])
    world.check(True, "an alias that is not bound: CLOSE ALIAS_UNBOUND (SES-031)")


def who_sends_too_fast_waits(world):
    a, b = world.device(), world.device()
    session = world.connect(a)
    rate = None
    for _ in range(2 * session.limits["send_burst"] + 2 * session.limits["send_rate_per_s"]):
        number = session.post(b.device_id, b"\0fast")
        if rate := session.rate_or_outcome(number):
            break
    world.check(rate and number > session.limits["send_burst"],
                f"number {number}: RATE, wait {rate['retry_after_ms']} ms (DLV-017)")
    time.sleep(rate["retry_after_ms"] / 1000)
    session.transmit(number)
    world.check(session.outcome(number) == "ACCEPTED", "the same number again, after the wait: ACCEPTED (DLV-016)")
    session.close()
