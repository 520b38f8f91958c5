#!/usr/bin/env python3
"""A client of Pinnace 1, written from the specification in spec/ and nothing else.

It registers two devices, sends a message from one to the other while that one is away, and reads the receipt.
Numbers on the wire come from spec/data/frames.toml and errors.toml. Ids like SES-012 name requirements in spec/text/.
"""
import argparse
import hashlib
import json
import os
import pathlib
import socket
import struct
import sys
import time
import tomllib

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from noise.connection import Keypair, NoiseConnection
from noise.exceptions import NoiseInvalidMessage, NoiseValueError

# --- Codec: chapter 04, driven by frames.toml -------------------------------------------------------------------------

VARINT_MAX = 2**62 - 1
FIXED = {"id16": 16, "key32": 32, "sig64": 64, "hash8": 8}
CLOSE_CODES = {"over_limit": "LIMIT_EXCEEDED", "unknown_frame": "UNKNOWN_FRAME", "unknown_extension": "UNKNOWN_EXTENSION"}


class GrammarError(Exception):
    def __init__(self, kind, offset):
        super().__init__(f"{kind} at octet {offset}")
        self.kind, self.offset, self.frame_type = kind, offset, 0
        self.code = CLOSE_CODES.get(kind, "MALFORMED")


def write_varint(value):
    for size, mark in ((1, 0), (2, 1), (4, 2), (8, 3)):
        if value < 1 << (8 * size - 2):  # FRM-001: the shortest form
            return (value | mark << (8 * size - 2)).to_bytes(size, "big")
    raise ValueError(f"{value} is no varint")


def write_tlv(tlv_type, octets):
    """A frame or an extension (INV-005, INV-006)."""
    return write_varint(tlv_type) + write_varint(len(octets)) + octets


class Reader:
    """The octets from `at` to `end` of a record. Offsets always count from the record's first octet."""

    def __init__(self, octets, at=0, end=None):
        self.octets, self.at, self.end = octets, at, len(octets) if end is None else end

    def part(self, length):
        if length > self.end - self.at:
            raise GrammarError("truncated", self.end)
        self.at += length
        return Reader(self.octets, self.at - length, self.at)

    def take(self, length=None):
        part = self.part(self.end - self.at if length is None else length)
        return self.octets[part.at:part.end]

    def varint(self, low=0, high=VARINT_MAX):
        start = self.at
        first = self.take(1)[0]
        value = int.from_bytes(bytes([first & 0x3F]) + self.take((1 << (first >> 6)) - 1), "big")
        if len(write_varint(value)) < self.at - start:  # FRM-002
            raise GrammarError("non_minimal", start)
        if value > high or value < low:  # FRM-011, FRM-012
            raise GrammarError("over_limit" if value > high else "under_limit", start)
        return value

    def finish(self):
        if self.at < self.end:  # FRM-005
            raise GrammarError("trailing", self.at)


class Codec:
    def __init__(self, spec):
        tables = tomllib.loads((spec / "data/frames.toml").read_text())
        self.frames = {frame["name"]: frame for frame in tables["frame"]}
        self.by_type = {frame["type"]: frame for frame in tables["frame"]}
        self.structs = {struct["name"]: struct["fields"] for struct in tables["struct"]}
        self.labels = {struct["name"]: struct["label"].encode() for struct in tables["struct"]}
        self.values = {registry["name"]: {v["name"]: v["value"] for v in registry["values"]} for registry in tables["registry"]}
        self.grease = [tables["grease"]["multiplier"] * k + tables["grease"]["offset"] for k in range(8)]
        self.codes = {error["name"]: error["code"] for error in tomllib.loads((spec / "data/errors.toml").read_text())["error"]}
        self.code_names = {code: name for name, code in self.codes.items()}

    def read_frames(self, octets):
        """Yields (name, value). What comes before an error has been yielded by then (FRM-016)."""
        record = Reader(octets)
        while record.at < record.end:
            start, frame_type = record.at, 0
            try:
                frame_type = record.varint()
                frame = self.by_type.get(frame_type)
                if frame_type == 0:
                    raise GrammarError("reserved_type", start)
                if frame is None and frame_type % 2 == 0:
                    raise GrammarError("unknown_frame", start)
                body = record.part(record.varint())
                entry = (frame["name"], self.read_body(frame, body)) if frame else (
                    "UNKNOWN", {"type": frame_type, "body": body.take()})
            except GrammarError as error:
                error.frame_type = frame_type
                raise
            yield entry

    def read_body(self, frame, body):
        value, previous = self.read_fields(frame["fields"], body), -1
        known = {extension["type"]: extension for extension in frame.get("extensions", [])}
        while body.at < body.end:
            start = body.at
            extension_type = body.varint()
            if extension_type <= previous:
                raise GrammarError("extension_duplicate" if extension_type == previous else "extension_order", start)
            previous, extension = extension_type, known.get(extension_type)
            if extension is None and extension_type % 2 == 0:
                raise GrammarError("unknown_extension", start)
            # The length is the length of a `rest`, so it has that one's bounds; others announce themselves.
            bounds = (extension["min"], extension["max"]) if extension and extension["kind"] == "rest" else ()
            part = body.part(body.varint(*bounds))
            if extension:
                value[extension["name"]] = self.read_value(extension, part)
                part.finish()
        return value

    def read_fields(self, fields, reader):
        return {field["name"]: self.read_value(field, reader) for field in fields}

    def read_value(self, field, reader):
        kind = field["kind"]
        if kind == "u8":  # always a closed enumeration
            octet, = reader.take(1)
            if not field["min"] <= octet <= field["max"]:
                raise GrammarError("out_of_range", reader.at - 1)
            return octet
        if kind in FIXED:
            return reader.take(FIXED[kind])
        if kind == "rest":
            return self.read_octets(field, reader)
        number = reader.varint(field["min"], field["max"])
        if kind == "varint":
            return number
        if kind == "list":
            return [self.read_fields(field["fields"], reader) for _ in range(number)]
        return self.read_octets(field, reader.part(number))

    def read_octets(self, field, reader):
        if "struct" in field:
            value = self.read_fields(self.structs[field["struct"]], reader)
            reader.finish()
            return value
        start, octets = reader.at, reader.take()
        if field["kind"] == "text" or field.get("utf8"):
            try:
                return octets.decode()
            except UnicodeDecodeError as error:
                raise GrammarError("bad_utf8", start + error.start) from None
        return True if field["grammar"] == "flag" else octets

    def write_frame(self, name, value, grease=b""):
        """`grease` is the body of an extension that nobody knows; its type is above all known ones."""
        frame = self.frames[name]
        body = self.write_fields(frame["fields"], value)
        for extension in frame.get("extensions", []):  # they rise in frames.toml, as they have to here (FRM-006)
            if extension["name"] in value:
                body += write_tlv(extension["type"], self.write_value(extension, value[extension["name"]]))
        if grease:
            body += write_tlv(self.grease[0], grease)
        return write_tlv(frame["type"], body)

    def write_fields(self, fields, value):
        return b"".join(self.write_value(field, value[field["name"]]) for field in fields)

    def write_value(self, field, value):
        kind = field["kind"]
        if kind in FIXED:
            return value
        if kind in ("u8", "varint"):
            return bytes([value]) if kind == "u8" else write_varint(value)
        if kind == "list":
            return write_varint(len(value)) + b"".join(self.write_fields(field["fields"], item) for item in value)
        if "struct" in field:
            octets = self.write_fields(self.structs[field["struct"]], value)
        else:
            octets = b"" if value is True else value.encode() if isinstance(value, str) else value
        return octets if kind == "rest" else write_varint(len(octets)) + octets

    def signed_part(self, struct, realm_id, value):
        """What is signed: the label, a zero octet, the realm id, the structure before its signature."""
        return self.labels[struct] + b"\0" + realm_id + self.write_fields(self.structs[struct], value)[:-64]


# --- Secure channel: chapters 01 to 03 --------------------------------------------------------------------------------


class Failure(Exception):
    """A step did not hold. The message is for people."""


def digest(label, octets):
    return hashlib.blake2s(label + b"\0" + octets).digest()


def preface(pattern, token):
    return b"PNCE" + bytes([1, 1, pattern, len(token)]) + token


def read_server_record(record):
    """What a server sends before the channel stands: {kind, ...}."""
    reader = Reader(record)
    kind, = reader.take(1)
    if kind == 0:
        return {"kind": kind, "noise": reader.take()}
    if kind > 2:
        raise GrammarError("out_of_range", 0)
    value = {"kind": kind}
    if kind == 2:
        value["reason"], value["retry_after_ms"], value["highest_version"] = struct.unpack(">BIB", reader.take(6))
    reader.finish()
    return value


class Carrier:
    """TCP: two octets of length, one record (CAR-001). Every wait has a deadline."""

    def __init__(self, address, timeout):
        self.timeout, self.buffer = timeout, b""
        self.socket = socket.create_connection(address, timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, record):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(len(record).to_bytes(2, "big") + record)

    def deadline(self):
        return time.monotonic() + self.timeout

    def receive(self, deadline):
        length = int.from_bytes(self.exactly(2, deadline), "big")
        if length == 0:  # CAR-002
            raise Failure("a record of length zero arrived")
        return self.exactly(length, deadline)

    def exactly(self, length, deadline):
        while len(self.buffer) < length:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            octets = self.socket.recv(65536)
            if not octets:
                raise Failure("the server ended the connection")
            self.buffer += octets
        octets, self.buffer = self.buffer[:length], self.buffer[length:]
        return octets


class Realm:
    """What a client is set up with: the realm id, which is the root's public key, and one address."""

    def __init__(self, codec, realm_id, address, timeout):
        self.codec, self.realm_id, self.address, self.timeout = codec, realm_id, address, timeout

    def certificate_holds(self, certificate, edge_key):
        """The five conditions of "The edge's certificate". It parsed, so the first is true."""
        signed = self.codec.signed_part("edge_certificate", self.realm_id, certificate)
        try:
            Ed25519PublicKey.from_public_bytes(self.realm_id).verify(certificate["signature"], signed)
        except InvalidSignature:
            return False
        begin, end = certificate["not_before_s"], certificate["not_after_s"]
        return (certificate["root_key_id"] == digest(b"pinnace/1 root key", self.realm_id)[:8]
                and certificate["edge_key"] == edge_key and begin <= time.time() <= end and end - begin <= 90 * 86400)

    def noise(self, pattern, prologue, device, edge_key=None):
        noise = NoiseConnection.from_name(f"Noise_{pattern}_25519_ChaChaPoly_BLAKE2s".encode())
        noise.set_as_initiator()
        noise.set_prologue(prologue)
        noise.set_keypair_from_private_bytes(Keypair.STATIC, device.noise_secret)
        if edge_key:
            noise.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, edge_key)
        noise.start_handshake()
        return noise

    def connect(self, device, early=(), edge_key=None):
        """A session, from the first octet to WELCOME and confirmation. `edge_key` stands for a kept key that is outdated."""
        pattern, carrier = self.codec.values["pattern"], Carrier(self.address, self.timeout)
        kept, token = device.edge_certificate, device.route_token
        if not edge_key and kept and self.certificate_holds(kept, kept["edge_key"]):  # CHN-012
            edge_key = kept["edge_key"]
        opening, label = b"", b"pinnace/1"
        try:
            if edge_key:
                start = preface(pattern["IK"], token)
                noise = self.noise("IK", label + b"\0" + self.realm_id + start, device, edge_key)
                opening = start + noise.write_message(device.first_flight(early))
                answer = self.exchange(carrier, opening)
                if answer["kind"] == 0:
                    return Session(self, device, carrier, noise, "IK", bytes(noise.read_message(answer["noise"])))
                label = b"pinnace/1 retry"  # CHN-007, CHN-008
            start = preface(pattern["XX"], token)
            bound = digest(b"pinnace/1 refused", opening) if opening else b""
            noise = self.noise("XX", label + b"\0" + self.realm_id + start + bound, device)
            answer = self.exchange(carrier, start + noise.write_message())
            if answer["kind"] != 0:
                raise Failure("a second RETRY")
            frames = list(self.codec.read_frames(bytes(noise.read_message(answer["noise"]))))
            edge_key = noise.noise_protocol.handshake_state.rs.public_bytes
            if [name for name, _ in frames] != ["CERTIFICATE"]:  # CHN-010
                raise Failure("message 2 holds no certificate")
            certificate = frames[0][1]["certificate"]
            if not self.certificate_holds(certificate, edge_key):  # CHN-011: no message 3
                raise Failure("the edge's certificate does not hold")
            device.edge_certificate = certificate
            carrier.send(noise.write_message(device.first_flight(early)))  # with a further hello_counter
            return Session(self, device, carrier, noise, "XX after RETRY" if opening else "XX")
        except (GrammarError, InvalidTag, NoiseInvalidMessage, NoiseValueError, ValueError) as error:
            # ValueError is what `cryptography` makes of an all-zero Diffie-Hellman result (CHN-022).
            raise Failure(f"the handshake failed: {error!r}") from None

    def exchange(self, carrier, record):
        carrier.send(record)
        answer = carrier.receive(carrier.deadline())
        answer = read_server_record(answer[:1] if answer[0] == 1 else answer)  # what follows RETRY is ignored
        if answer["kind"] == 2:
            raise Failure(f"REJECT, reason {answer['reason']}")
        return answer


# --- Device and session: chapters 05 to 07 ----------------------------------------------------------------------------


class Device:
    """Keys and numbers. These devices live as long as the program. A client that lives longer writes each number and its
    outbox to disk before it sends (SES-043, DLV-001), and an item before it acknowledges it (DLV-031)."""

    def __init__(self, codec):
        self.codec, noise_key = codec, X25519PrivateKey.generate()
        self.noise_secret, self.noise_key = noise_key.private_bytes_raw(), noise_key.public_key().public_bytes_raw()
        self.identity, self.signature = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.identity_key = self.identity.public_key().public_bytes_raw()
        self.device_id = digest(b"pinnace/1 device", self.noise_key)[:16]
        self.account_id = digest(b"pinnace/1 account", self.identity_key)[:16]
        self.hello_counter = self.settled = self.cursor = 0
        self.above = []  # runs [first, last] of items taken above the cursor
        self.edge_certificate, self.route_token = None, b""

    def first_flight(self, early):
        self.hello_counter += 1
        hello = {"hello_counter": self.hello_counter, "settled": self.settled, "cursor": self.cursor,
                 "activity": self.codec.values["activity"]["foreground"], "credit_count": 256, "credit_bytes": 2**20}
        frames = [self.codec.write_frame("HELLO", hello, grease=os.urandom(5))]  # EXT-002
        return b"".join(frames + [self.codec.write_frame(name, value) for name, value in early])

    def certificate(self, realm_id):
        value = {"version": 1, "identity_key": self.identity_key, "device": self.device_id, "noise_key": self.noise_key,
                 "signature_key": self.signature.public_key().public_bytes_raw(), "account": self.account_id,
                 "not_after_s": int(time.time()) + 365 * 86400, "signature": bytes(64)}
        return value | {"signature": self.identity.sign(self.codec.signed_part("device_certificate", realm_id, value))}

    def take(self, first, count):
        """Moves the cursor over a run of items. False where it was taken before (DLV-049)."""
        last = first + count - 1
        if last <= self.cursor or any(low <= first and last <= high for low, high in self.above):
            return False
        self.above = sorted(self.above + [[first, last]])
        while self.above and self.above[0][0] <= self.cursor + 1:
            self.cursor = max(self.cursor, self.above.pop(0)[1])
        return True


class Session:
    """Opens records, keeps what belongs to the session itself, and hands the other frames to `wait`."""

    def __init__(self, realm, device, carrier, noise, path, answer=None):
        self.codec, self.device, self.carrier, self.noise, self.path = realm.codec, device, carrier, noise, path
        self.welcome, self.closed, self.inbox, self.aliases = None, None, [], {}
        self.credit, self.skipped, self.ack_due = (0, 0), 0, False
        self.handle_record(self.open_record(carrier.deadline()) if answer is None else answer)
        if self.closed:
            raise Failure(f"CLOSE {self.close_name()} in place of WELCOME")
        renewed = self.welcome.get("certificate")
        if renewed and realm.certificate_holds(renewed, device.edge_certificate["edge_key"]):
            device.edge_certificate = renewed
        device.route_token = self.welcome.get("route_token", device.route_token)
        self.acknowledge()  # the first transport record confirms, also an empty one (SES-012, SES-015)

    def close_name(self):
        return self.codec.code_names.get(self.closed["code"], self.closed["code"])

    def seal(self, plaintext):
        self.carrier.send(self.noise.encrypt(plaintext))

    def send(self, name, **value):
        self.seal(self.codec.write_frame(name, value))

    def acknowledge(self):
        """Ranges above the cursor are left out here: what lies above a hole comes again in the next session."""
        self.seal(self.codec.write_frame("ACK", {"cursor": self.device.cursor, "ranges": []}) if self.ack_due else b"")
        self.ack_due = False

    def open_record(self, deadline):
        return self.noise.decrypt(self.carrier.receive(deadline))

    def handle_record(self, plaintext):
        try:
            for name, value in self.codec.read_frames(plaintext):
                if not self.closed:  # what follows CLOSE is ignored (SES-026)
                    self.handle(name, value)
        except GrammarError as error:
            self.fail(error.code, frame_type=error.frame_type, offset=error.offset)

    def handle(self, name, value):
        frame = self.codec.frames.get(name)
        if self.welcome is None:
            if name not in ("WELCOME", "CLOSE"):  # not even an unknown frame comes before these (SES-003)
                self.fail("OUT_OF_STATE")
        elif name == "UNKNOWN":
            self.skipped += 1  # FRM-008
            return
        elif name in ("WELCOME", "CERTIFICATE") or "server" not in frame["from"]:
            self.fail("OUT_OF_STATE", frame["type"])  # SES-025
        if name == "WELCOME":
            self.welcome, self.credit = value, (value["credit_count"], value["credit_bytes"])
            self.device.cursor = max(self.device.cursor, value["cursor"])
        elif name == "CLOSE":
            self.closed = value
        elif name == "PING":
            self.send("PONG", token=value["token"])  # SES-018
        elif name == "BIND":
            if value["alias"] >= 1024:  # alias_max, which HELLO left at its default
                self.fail("LIMIT_EXCEEDED", frame["type"])
            self.aliases[value["alias"]] = value["device"]
        elif name == "CREDIT":
            credit = value["count_limit"], value["bytes_limit"]
            if credit[0] < self.credit[0] or credit[1] < self.credit[1]:
                self.fail("FLOW_CONTROL", frame["type"])  # SES-022
            self.credit = credit
        else:
            if "alias" in value:
                if value["alias"] not in self.aliases:
                    self.fail("ALIAS_UNBOUND", frame["type"])  # SES-031
                value["device"] = self.aliases[value["alias"]]
            if "mailbox_seq" in value:  # DELIVER, RECEIPT or GAP
                self.ack_due = True
                if not self.device.take(value["mailbox_seq"], value.get("count", 1)):
                    return
            self.inbox.append((name, value))

    def fail(self, code, frame_type=0, **extensions):
        self.send("CLOSE", code=self.codec.codes[code], frame_type=frame_type, detail="", **extensions)
        raise Failure(f"the server broke a rule: {code} {extensions}")

    def wait(self, name, **expected):
        """The next frame of that name and those values. Any ERROR, RATE or CLOSE that is not waited for is a failure."""
        deadline = self.carrier.deadline()
        while True:
            for entry in self.inbox:
                if entry[0] == name and all(entry[1][key] == value for key, value in expected.items()):
                    self.inbox.remove(entry)
                    return entry[1]
                if entry[0] in ("ERROR", "RATE", "REFUSED"):
                    code = entry[1].get("code")
                    raise Failure(f"{entry[0]} {self.codec.code_names.get(code, code)} in place of {name}: {entry[1]}")
            if self.closed and name == "CLOSE":
                return self.closed
            if self.closed:
                raise Failure(f"CLOSE {self.close_name()} in place of {name}")
            try:
                self.handle_record(self.open_record(deadline))
            except TimeoutError:
                raise Failure(f"no {name} came in time") from None

    def close(self):
        if not self.closed:
            self.send("CLOSE", code=self.codec.codes["NO_ERROR"], frame_type=0, detail="")
        self.carrier.socket.close()


# --- The steps --------------------------------------------------------------------------------------------------------


def check(holds, text):
    if not holds:
        raise Failure(text)
    print(f"ok    {text}", flush=True)


def read_code(path, number, timeout):
    """The last code that the gateway was given for the number. It has it when stage waiting arrives (REG-007)."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        lines = path.read_text().splitlines() if path.exists() else []
        codes = [entry["code"] for entry in map(json.loads, lines) if entry["e164"] == number]
        if codes:
            return codes[-1]
        time.sleep(0.05)
    raise Failure(f"no code for {number} in {path}")


def register(realm, device, number, codes):
    values, session = realm.codec.values, realm.connect(device)
    check(session.path == "XX", "XX handshake; the edge's certificate holds under the realm")
    zeros = [session.welcome[name] for name in ("standing", "session_epoch", "handled", "cursor", "mailbox_last")]
    check(zeros == [0] * 5, "WELCOME: the device is unregistered")  # REG-001
    session.send("REGISTER", e164=number)
    offered = session.wait("REGISTRATION", stage=values["registration_stage"]["choosing"])["methods"]
    known = [entry for entry in offered if entry["method"] in (values["method"]["sms"], values["method"]["voice"])]
    check(bool(known), f"REGISTER {number}: a code can come by one of {len(offered)} methods")
    time.sleep(min(known[0]["wait_ms"] / 1000, realm.timeout))
    session.send("REGISTER_METHOD", method=known[0]["method"])
    waiting = session.wait("REGISTRATION", stage=values["registration_stage"]["waiting"])
    time.sleep(min(waiting["code_wait_ms"] / 1000, realm.timeout))  # a code that comes sooner gets TOO_SOON (REG-011)
    session.send("REGISTER_CODE", code=read_code(codes, number, realm.timeout))
    session.wait("REGISTRATION", stage=values["registration_stage"]["verified"])
    check(True, "REGISTER_METHOD, REGISTER_CODE: the number is verified")
    session.send("REGISTER_DEVICE", certificate=device.certificate(realm.realm_id))
    answer = session.wait("REGISTERED")
    session.wait("CLOSE", code=realm.codec.codes["REPLACED"])  # REG-019
    session.close()
    check(answer == {"account": device.account_id, "device": device.device_id}, "REGISTERED, then CLOSE REPLACED")


def walk(realm, numbers, codes):
    a, b = Device(realm.codec), Device(realm.codec)
    for device, number in zip((a, b), numbers):
        register(realm, device, number, codes)

    payload = b"\0ahoy"  # a text of the plain payload (chapter 12)
    early = [("BIND", {"alias": 0, "device": b.device_id}), ("SEND", {"client_seq": 1, "alias": 0, "payload": payload})]
    a_session = realm.connect(a, early)
    check(a_session.path == "IK" and a_session.welcome["standing"] == 1, "A, IK: WELCOME in handshake message 2")
    a_session.wait("ACCEPTED", client_seq=1)
    a.settled = 1
    check(True, "A: the SEND of the first flight is ACCEPTED; B is away")

    b_session = realm.connect(b)
    check(b_session.path == "IK", "B, IK: WELCOME in handshake message 2")
    where = "beside WELCOME" if b_session.inbox else "after WELCOME"
    message = b_session.wait("DELIVER", payload=payload, device=a.device_id)
    check(message["mailbox_seq"] == 1, f"B: DELIVER came {where}, from A, octet by octet")
    b_session.acknowledge()
    receipt = a_session.wait("RECEIPT", device=b.device_id, ranges=[{"first": 1, "count": 1}])
    check(receipt["status"] == realm.codec.values["receipt_status"]["delivered"], "B acknowledged; A: RECEIPT delivered")
    a_session.acknowledge()
    a_session.close()
    b_session.close()

    outdated = X25519PrivateKey.generate().public_key().public_bytes_raw()
    a_session = realm.connect(a, early, outdated)  # repeats the SEND under its number, after a BIND of this session
    check(a_session.path == "XX after RETRY", "A, IK with an outdated edge key: RETRY, then XX on the same connection")
    a_session.wait("ACCEPTED", client_seq=1)
    check(a_session.welcome["handled"] == 1, "A: the same SEND again has the same outcome")  # DLV-003
    grease = write_tlv(realm.codec.grease[1], os.urandom(3))
    a_session.seal(grease + realm.codec.write_frame("PING", {"token": 7}) + grease)
    a_session.wait("PONG", token=7)
    check(True, "A: the server skips a frame of GREASE type and answers the PING beside it")
    a_session.handle_record(grease + realm.codec.write_frame("PONG", {"token": 8}))  # as if the server had sent it
    a_session.wait("PONG", token=8)
    check(a_session.skipped > 0, f"A: frames of unknown odd type are skipped here too ({a_session.skipped - 1} of the server's)")

    b_session = realm.connect(b)
    b_session.send("PING", token=9)
    b_session.wait("PONG", token=9)
    check(b_session.welcome["mailbox_last"] == 1 and not b_session.inbox, "B: the message was delivered once")
    a_session.close()
    b_session.close()


# --- The vectors: spec/vectors/README.md ------------------------------------------------------------------------------


def octets_of(parts):
    parts = [parts] if isinstance(parts, str) else parts
    return b"".join(bytes.fromhex(p) if isinstance(p, str) else bytes.fromhex(p["repeat"][0]) * p["repeat"][1] for p in parts)


def plain(value):
    """A form in which both sides can be compared: octets as hex, great numbers as strings."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        parts = any(isinstance(member, str) or "repeat" in member for member in value)
        return octets_of(value).hex() if parts else [plain(member) for member in value]
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if type(value) is int and value >= 2**53 else value


def decode_vector(codec, kind, octets, found):
    """Appends what is read to `found`, so that it is there when an error is raised. Gives the octets, written anew."""
    if kind == "SERVER_RECORD":
        found.append(read_server_record(octets))
        return octets  # only servers write these
    if kind.lower() in codec.structs:
        found.append(codec.read_octets({"struct": kind.lower()}, Reader(octets)))
        return codec.write_fields(codec.structs[kind.lower()], found[0])
    again = b""
    for name, value in codec.read_frames(octets):
        found.append({"frame": name, "value": value} if kind == "RECORD" else value)
        again += write_tlv(value["type"], value["body"]) if name == "UNKNOWN" else codec.write_frame(name, value)
    return again


def check_vectors(codec, directory):
    files = [json.loads(path.read_text()) for path in sorted(directory.glob("*.json")) if path.name != "schema.json"]
    counts = {"values": 0, "errors": 0, "prefaces left out, which only servers read": 0}
    wrong = 0
    for vector in (vector for file in files for vector in file["vectors"]):
        if vector["frame"] == "PREFACE":
            counts["prefaces left out, which only servers read"] += 1
            continue
        octets, found, error = octets_of(vector["hex"]), [], {}
        try:
            again = decode_vector(codec, vector["frame"], octets, found)
        except GrammarError as raised:
            again, error = None, {"kind": raised.kind, "offset": raised.offset, "code": raised.code}
        counts["errors" if "error" in vector else "values"] += 1
        found = found if vector["frame"] == "RECORD" else found[0] if found else None
        good = plain(found) == plain(vector.get("value")) and vector.get("error", {}).items() <= error.items()
        good &= "error" in vector or again == octets or (again is not None and not vector.get("canonical", True))
        if not good:
            wrong += 1
            print(f"FAIL  {vector['id']}: {error or found}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + f"; {wrong} wrong")
    return 0 if counts["values"] and not wrong else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=pathlib.Path, metavar="DIR", help="check the codec against spec/vectors and stop")
    parser.add_argument("--server", metavar="HOST:PORT", help="TCP address of the server")
    parser.add_argument("--realm", metavar="HEX", help="realm id")
    parser.add_argument("--number", action="append", metavar="E164", help="a telephone number; give it twice, for A and B")
    parser.add_argument("--codes", type=pathlib.Path, metavar="FILE", help="JSON lines with e164 and code, from the gateway")
    parser.add_argument("--timeout", type=float, default=10, metavar="SECONDS", help="bound of each wait")
    parser.add_argument("--spec", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[3] / "spec")
    options = parser.parse_args()
    codec = Codec(options.spec)
    if options.vectors:
        return check_vectors(codec, options.vectors)
    if not (options.server and options.realm and options.codes and options.number and len(options.number) == 2):
        parser.error("give --server, --realm, --codes and two times --number; or --vectors")
    try:
        host, port = options.server.rsplit(":", 1)
        realm = Realm(codec, bytes.fromhex(options.realm), (host, int(port)), options.timeout)
    except ValueError as error:
        parser.error(str(error))
    try:
        walk(realm, options.number, options.codes)
    except (Failure, OSError, NoiseInvalidMessage) as error:
        print(f"FAIL  {error or type(error).__name__}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
