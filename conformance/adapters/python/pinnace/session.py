"""The session of chapter 05, from WELCOME to the end, with the frames of chapter 07 on their way through."""
import time

from .carrier import Ended, Failure
from .channel import NOISE_ERRORS
from .codec import GrammarError
from .device import CREDIT, Message

ITEMS = ("DELIVER", "RECEIPT", "GAP")
OUTCOMES = ("ACCEPTED", "REFUSED", "VOIDED")
IN_PLACE = ("ERROR", "RATE", "REFUSED")  # who waits for something else has failed
TERMINAL_NACK_MAX = 63
LONGEST_CREDITED = 65513
SYNC_TOKEN = 2**20  # above those of the PINGs that keep a session alive


def connect(realm, device, *, early=(), edge_key=None, address=None, credit={}, repeat=True, **options):
    """A session, from the first octet on. `early` are frames for the first flight, behind the outbox (unless `repeat` is
    False); `edge_key` is an outdated one; `credit` replaces the first allowance; `options` are those of Session."""
    flights = []

    def flight():
        flights.append(device.first_flight(credit, early, repeat))
        return flights[-1]

    channel = realm.shake_hands(device, flight, edge_key, address)
    return Session(realm, device, channel, flights[-1], CREDIT | credit, **options)


class Session:
    """Opens records, keeps what belongs to the session itself, and hands the other frames to `wait`."""

    def __init__(self, realm, device, channel, flight, credit, confirm=True, grants=True, keep_alive=True, judge=True):
        """`grants`: raises the server's credit. `judge`: a CLOSE in place of WELCOME is a failure."""
        self.realm, self.codec, self.device = realm, realm.codec, device
        self.carrier, self.noise, self.path, _ = channel
        self.welcome, self.closed, self.inbox, self.skipped = None, None, [], 0
        self.sources, self.aliases = {}, {}  # alias -> device of the server, device -> alias of this side
        self.grants, self.keep_alive, self.pings, self.credits = grants, keep_alive, 0, 0
        self.granted = [credit["credit_count"], credit["credit_bytes"]]
        self.window, self.taken = list(self.granted), [0, 0]  # of what the server sends
        self.allowed, self.spent = [0, 0], [0, 0]  # of what this side sends
        self.limits = {name: limit["default"] for name, limit in self.codec.limits.items()}
        self.heard = self.said = self.asked = time.monotonic()
        for frame in self.codec.read_frames(flight):
            if frame.name == "BIND":
                self.aliases[frame.value["device"]] = frame.value["alias"]
            self.spend(frame.name, frame.size)
        self.handle_record(self.open_record(self.deadline()) if channel.answer is None else channel.answer)
        if self.closed and judge:
            raise Failure(f"CLOSE {self.close_name()} in place of WELCOME")
        if self.welcome:
            self.greet()
            if confirm:
                self.confirm()

    def greet(self):
        renewed, device = self.welcome.get("certificate"), self.device
        if renewed and self.realm.certificate_holds(renewed, device.edge_certificate["edge_key"]):
            device.edge_certificate = renewed
        device.route_token = self.welcome.get("route_token", device.route_token)
        known = {limit["id"]: limit for limit in self.codec.limits.values()}
        for entry in self.welcome.get("limits", []):
            if limit := known.get(entry["limit"]):
                self.limits[limit["name"]] = min(max(entry["value"], limit["min"]), limit["max"])
        device.settle_by(self.welcome, self.limits["outcome_cache"])
        device.take(1, self.welcome["cursor"])
        device.nacks = {number: reason for number, reason in device.nacks.items() if number > self.welcome["cursor"]}

    def confirm(self):
        """The first transport record confirms, also an empty one (SES-012, SES-015); a NACK is said again before an ACK."""
        self.seal(b"".join(self.codec.write_frame("NACK", {"mailbox_seq": number, "reason": reason})
                           for number, reason in sorted(self.device.nacks.items())))

    def close_name(self):
        return self.codec.code_names.get(self.closed["code"], self.closed["code"])

    def deadline(self):
        return time.monotonic() + self.realm.timeout

    # Sending

    def seal(self, plaintext):
        self.carrier.send(self.noise.encrypt(plaintext))
        self.said = time.monotonic()

    def send(self, name, **value):
        self.seal(self.codec.write_frame(name, value))

    def spend(self, name, size):
        if self.codec.frames.get(name, {}).get("credited"):
            self.spent = [self.spent[0] + 1, self.spent[1] + size]

    def post(self, to, payload, **extensions):
        """A new message; gives its client_seq."""
        number = self.device.enqueue(Message(to, payload, extensions))
        self.transmit(number)
        return number

    def void(self):
        """A new number that carries nothing."""
        return self.post(None, b"")

    def transmit(self, number, message=None):
        """Sends what the outbox holds under the number, or another body, as soon as window and credit have room for it."""
        message = message or self.device.outbox[number]
        octets = b""
        if message.to is not None and message.to not in self.aliases:
            self.aliases[message.to] = len(self.aliases)
            octets = self.codec.write_frame("BIND", {"alias": self.aliases[message.to], "device": message.to})
        frame = self.device.write_message(number, self.aliases.get(message.to), message)
        size, deadline = next(self.codec.read_frames(frame)).size, self.deadline()
        while (self.spent[0] + 1 > self.allowed[0] or self.spent[1] + size > self.allowed[1]
               or number - self.device.settled() > self.limits["inflight_max"]):
            self.pump(deadline, f"room for number {number}")
        self.spend("SEND", size)
        self.seal(octets + frame)

    def outcome(self, number):
        deadline = self.deadline()
        while number not in self.device.outcomes:
            self.fail_on_refusal(f"the outcome of {number}", ("ERROR", "RATE"))
            self.pump(deadline, f"outcome of {number}")
        return self.device.outcomes[number]

    def rate_or_outcome(self, number):
        """RATE for the number, or None when it has its outcome."""
        rated, deadline = {"frame_type": self.codec.frames["SEND"]["type"], "subject": number}, self.deadline()
        while number not in self.device.outcomes:
            if found := self.find("RATE", rated):
                self.inbox.remove(found)
                return found[1]
            self.pump(deadline, f"outcome of {number}")
        return None

    def acknowledge(self):
        self.send("ACK", **self.device.ack())

    def reject(self, number, reason):
        """NACK. What is terminal is kept, and stands before any ACK that covers it (DLV-054)."""
        if reason <= TERMINAL_NACK_MAX:
            self.device.nacks[number] = reason
        else:
            self.device.put_back(number)
        self.send("NACK", mailbox_seq=number, reason=reason)

    # Receiving

    def open_record(self, deadline):
        """The next record. A client asks after silence, and gives up after a longer one (chapter 05, "Life")."""
        ping_s = min(self.limits["ping_ms"], self.limits["idle_ms"] / 2) / 1000
        while True:
            ask_at = max(min(self.heard, self.said), self.asked) + ping_s if self.keep_alive and self.welcome else deadline
            try:
                plaintext = self.noise.decrypt(self.carrier.receive(min(deadline, ask_at)))
                self.heard = time.monotonic()
                return plaintext
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise
            if time.monotonic() > self.heard + self.limits["idle_ms"] / 1000:
                raise Failure("nothing was heard for idle_ms")
            self.asked = time.monotonic()
            self.pings += 1
            self.send("PING", token=self.pings)

    def pump(self, deadline, what):
        """Handles one record more."""
        if self.closed:
            raise Failure(f"CLOSE {self.close_name()} in place of {what}")
        try:
            self.handle_record(self.open_record(deadline))
        except TimeoutError:
            raise Failure(f"no {what} came in time") from None
        except Ended as end:
            raise Ended(end.status) from None
        except NOISE_ERRORS as error:  # CHN-013
            raise Failure(f"a record does not open: {error!r}") from None

    def handle_record(self, plaintext):
        try:
            for frame in self.codec.read_frames(plaintext):
                if not self.closed:  # what follows CLOSE is ignored (SES-026)
                    self.handle(frame)
        except GrammarError as error:
            self.fail(error.code, frame_type=error.frame_type, offset=error.offset)

    def handle(self, frame):
        name, value, size = frame
        known = self.codec.frames.get(name)
        if self.welcome is None:
            if name not in ("WELCOME", "CLOSE"):  # not even an unknown frame comes before these (SES-003)
                self.fail("OUT_OF_STATE", value.get("type", known and known["type"]))
        elif name == "UNKNOWN":
            self.skipped += 1  # FRM-008
            return
        elif name in ("WELCOME", "CERTIFICATE") or "server" not in known["from"]:
            self.fail("OUT_OF_STATE", known["type"])  # SES-025
        if known.get("credited"):
            self.count(known, size)
        if name == "WELCOME":
            self.welcome, self.allowed = value, [value["credit_count"], value["credit_bytes"]]
        elif name == "CLOSE":
            self.closed = value
        elif name == "PING":
            self.send("PONG", token=value["token"])  # SES-018
        elif name == "BIND":
            if value["alias"] >= self.codec.limits["alias_max"]["default"]:  # HELLO says no other
                self.fail("LIMIT_EXCEEDED", known["type"])
            self.sources[value["alias"]] = value["device"]
        elif name == "CREDIT":
            self.raise_credit(known, value)
        else:
            self.hand_over(known, name, value)

    def hand_over(self, known, name, value):
        if "alias" in value:
            if value["alias"] not in self.sources:
                self.fail("ALIAS_UNBOUND", known["type"])  # SES-031
            value["device"] = self.sources[value["alias"]]
        if name in ITEMS and not self.device.take(value["mailbox_seq"], value.get("count", 1)) and name != "GAP":
            return  # taken before: nobody is told again (DLV-049)
        if name in OUTCOMES:
            code = value.get("code")
            if self.device.settle(value["client_seq"], self.codec.code_names.get(code, code) if code else name):
                return  # `outcome` tells it
        self.inbox.append((name, value))

    def count(self, known, size):
        """Takes an item off what this side granted, and grants more in time (chapter 05, "Credit")."""
        self.taken = [self.taken[0] + 1, self.taken[1] + size]
        if any(taken > granted for taken, granted in zip(self.taken, self.granted)):
            self.fail("FLOW_CONTROL", known["type"])  # SES-020
        left = [granted - taken for granted, taken in zip(self.granted, self.taken)]
        if self.grants and (left[1] < LONGEST_CREDITED or any(2 * of <= window for of, window in zip(left, self.window))):
            self.grant(*(taken + window for taken, window in zip(self.taken, self.window)))

    def grant(self, count, size):
        self.granted = [count, size]
        self.send("CREDIT", count_limit=count, bytes_limit=size)

    def raise_credit(self, known, value):
        allowed = [value["count_limit"], value["bytes_limit"]]
        if any(new < old for new, old in zip(allowed, self.allowed)):
            self.fail("FLOW_CONTROL", known["type"])  # SES-022
        self.allowed, self.credits = allowed, self.credits + 1

    def fail(self, code, frame_type=0, **extensions):
        self.send("CLOSE", code=self.codec.codes[code], frame_type=frame_type, detail="", **extensions)
        raise Failure(f"the server broke a rule: {code} {extensions}")

    # Waiting

    def wait(self, name, **expected):
        """The next frame of that name and those values. Any ERROR, RATE or CLOSE that is not waited for is a failure."""
        deadline = self.deadline()
        while not (found := self.find(name, expected)):
            if self.closed and name == "CLOSE":
                return self.closed
            self.fail_on_refusal(name, IN_PLACE)
            self.pump(deadline, name)
        self.inbox.remove(found)
        return found[1]

    def find(self, name, expected):
        return next((entry for entry in self.inbox if entry[0] == name and expected.items() <= entry[1].items()), None)

    def fail_on_refusal(self, what, names):
        for name, value in self.inbox:
            if name in names:
                code = value.get("code")
                raise Failure(f"{name} {self.codec.code_names.get(code, code)} in place of {what}: {value}")

    def end(self, name, **expected):
        """The session is closed with that code."""
        closed = self.wait("CLOSE")
        if self.close_name() != name or not expected.items() <= closed.items():
            raise Failure(f"CLOSE {self.close_name()} {closed} in place of CLOSE {name} {expected}")
        self.carrier.close()
        return closed

    def sync(self):
        """The server has read all that was sent before when this returns (FRM-016)."""
        self.pings += 1
        pong = ("PONG", {"token": SYNC_TOKEN + self.pings})
        self.send("PING", **pong[1])
        deadline = self.deadline()
        while pong not in self.inbox:
            self.pump(deadline, "PONG")
        self.inbox.remove(pong)

    def close(self):
        if not self.closed:
            self.send("CLOSE", code=self.codec.codes["NO_ERROR"], frame_type=0, detail="")
        self.carrier.close()

    def drop(self):
        """A loss of network."""
        self.carrier.close()
