"""A device: its keys, its numbers, its outbox, and what it has taken (chapters 01, 05 and 07).

These devices live as long as the program. A client that lives longer writes each number and its outbox to disk before it
sends (SES-043, DLV-001), and an item or a NACK before it tells the server (DLV-031, DLV-054).
"""
import os
import time
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from .records import digest

CREDIT = {"credit_count": 256, "credit_bytes": 2**20}
ACK_RANGES_MAX = 32
FIRST_FLIGHT_MAX = 65535 - 96 - 72  # octets of payload in IK message 1, behind the longest preface


class Message(NamedTuple):
    """What waits in the outbox under a number. Without a destination it is a VOID."""
    to: bytes | None
    payload: bytes
    extensions: dict


class Device:
    def __init__(self, codec, identity=None):
        """A further device of an account is given the account's identity."""
        self.codec, noise_key = codec, X25519PrivateKey.generate()
        self.noise_secret, self.noise_key = noise_key.private_bytes_raw(), noise_key.public_key().public_bytes_raw()
        self.identity, self.signature = identity or Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.identity_key = self.identity.public_key().public_bytes_raw()
        self.device_id = digest(b"pinnace/1 device", self.noise_key)[:16]
        self.account_id = digest(b"pinnace/1 account", self.identity_key)[:16]
        self.hello_counter = self.last_seq = self.cursor = 0
        self.outbox, self.outcomes = {}, {}  # by client_seq; an outcome is ACCEPTED, VOIDED or a code's name
        self.above = []  # runs [first, last] of items taken above the cursor
        self.nacks = {}  # terminal ones, by mailbox_seq, until a WELCOME's cursor has passed them
        self.edge_certificate, self.route_token = None, b""

    def certificate(self, realm_id, **changes):
        value = {"version": 1, "identity_key": self.identity_key, "device": self.device_id, "noise_key": self.noise_key,
                 "signature_key": self.signature.public_key().public_bytes_raw(), "account": self.account_id,
                 "not_after_s": int(time.time()) + 365 * 86400, "signature": bytes(64)} | changes
        return value | {"signature": self.identity.sign(self.codec.signed_part("device_certificate", realm_id, value))}

    # Sending

    def settled(self):
        return min(self.outbox, default=self.last_seq + 1) - 1

    def enqueue(self, message):
        self.last_seq += 1
        self.outbox[self.last_seq] = message
        return self.last_seq

    def settle(self, number, outcome):
        """False where the number has its outcome already."""
        if number not in self.outbox:
            return False
        del self.outbox[number]
        self.outcomes[number] = outcome
        return True

    def settle_by(self, welcome, outcome_cache):
        """Chapter 05, "Numbers in HELLO and WELCOME"."""
        exceptions = {entry["client_seq"]: entry["code"] for entry in welcome.get("exceptions", [])}
        cut = max(exceptions) if len(exceptions) == 256 else welcome["handled"]
        for number in sorted(self.outbox):
            if number in exceptions:
                code = exceptions[number]
                self.settle(number, self.codec.code_names.get(code, code) if code else "VOIDED")
            elif number <= cut:
                self.settle(number, "ACCEPTED" if number > welcome["handled"] - outcome_cache else "unknown")

    def first_flight(self, credit, early, repeat):
        """HELLO, then the outbox in its order, as far as a first flight may go, then the frames `early`."""
        self.hello_counter += 1
        hello = {"hello_counter": self.hello_counter, "settled": self.settled(), "cursor": self.sayable_cursor(),
                 "activity": self.codec.values["activity"]["foreground"]} | CREDIT | credit
        flight = self.codec.write_frame("HELLO", hello, grease=os.urandom(5))  # EXT-002
        sends, aliases = 0, {}
        for number, message in sorted(self.outbox.items()) if repeat else ():
            if message.to is None or sends == self.codec.limits["early_send_max"]["default"]:
                break  # VOID does not ride here, and no number passes another
            alias = aliases.setdefault(message.to, len(aliases))
            frames = self.codec.write_frame("BIND", {"alias": alias, "device": message.to})
            frames += self.write_message(number, alias, message)
            if len(flight) + len(frames) > FIRST_FLIGHT_MAX:
                break
            flight, sends = flight + frames, sends + 1
        return flight + b"".join(self.codec.write_frame(name, value) for name, value in early)

    def write_message(self, number, alias, message):
        if message.to is None:
            return self.codec.write_frame("VOID", {"client_seq": number})
        fields = {"client_seq": number, "alias": alias, "payload": message.payload}
        return self.codec.write_frame("SEND", fields | message.extensions)

    # Receiving

    def take(self, first, count):
        """Moves the cursor over a run of items. False where it was taken before (DLV-049)."""
        last = first + count - 1
        if last <= self.cursor or any(low <= first and last <= high for low, high in self.above):
            return False
        self.hold([[1, self.cursor], [first, last]] + self.above)
        return True

    def put_back(self, number):
        """The item shall be offered again in the next session."""
        runs = [[1, self.cursor]] + self.above
        self.hold([part for low, high in runs for part in ([low, min(high, number - 1)], [max(low, number + 1), high])])

    def hold(self, runs):
        """Merges the runs, so that they rise and lie apart, as a `skip` of at least 1 asks."""
        merged = [[1, 0]]
        for first, last in sorted(run for run in runs if run[0] <= run[1]):
            if first <= merged[-1][1] + 1:
                merged[-1][1] = max(merged[-1][1], last)
            else:
                merged.append([first, last])
        self.cursor, self.above = merged[0][1], merged[1:]

    def sayable_cursor(self):
        """What HELLO may say: a NACK comes first, and does not ride in the first flight (DLV-054)."""
        return min([self.cursor] + [number - 1 for number in self.nacks])

    def ack(self):
        """Cursor and ranges: `skip` counts what is missing before a run."""
        ranges, at = [], self.cursor
        for first, last in self.above[:ACK_RANGES_MAX]:
            ranges.append({"skip": first - at - 1, "count": last - first + 1})
            at = last
        return {"cursor": self.cursor, "ranges": ranges}
