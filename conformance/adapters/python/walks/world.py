"""What all walks share: the server, telephone numbers, checks."""
import json
import time

from pinnace.carrier import Failure
from pinnace.device import Device
from pinnace.session import connect
from pinnace.vectors import load_vectors

HALF_A_SECOND = 0.5  # how long something that must not come is waited for


class LeftOut(Exception):
    """This server's limits, or this program's arguments, do not let the walk end soon. The message says which."""


class World:
    def __init__(self, realm, spec, codes, number, ws=None, stop=None):
        """`codes` is the gateway's log, `number` the first telephone number, `ws` the second address, `stop` a process id."""
        self.realm, self.codec, self.ws, self.codes, self.stop = realm, realm.codec, ws, codes, stop
        self.all_vectors = list(load_vectors(spec))
        self.first_number, self.numbers, self.steps = number, 0, 0

    def check(self, holds, text):
        if not holds:
            raise Failure(text)
        self.steps += 1
        print(f"ok    {text}", flush=True)

    def vectors(self, *frames):
        return [vector for vector in self.all_vectors if vector["frame"] in frames]

    def number(self):
        """A further telephone number."""
        self.numbers += 1
        return f"+{int(self.first_number) + self.numbers - 1}"

    def code(self, number):
        """The last code that the gateway was given for the number. It has it when stage waiting arrives (REG-007)."""
        lines = self.codes.read_text().splitlines() if self.codes.exists() else []
        codes = [entry["code"] for entry in map(json.loads, lines) if entry["e164"] == number]
        if not codes:
            raise Failure(f"no code for {number} in {self.codes}")
        return codes[-1]

    def connect(self, device, **options):
        return connect(self.realm, device, **options)

    def rest(self, wait_ms, name):
        """Waits as the server says, unless that is too long."""
        if wait_ms / 1000 > self.realm.timeout:
            raise LeftOut(f"{name} is {wait_ms} ms")
        time.sleep(wait_ms / 1000)

    def begin(self, session, number, **replace):
        """REGISTER and REGISTER_METHOD; gives the state of stage waiting."""
        stages, methods = self.codec.values["registration_stage"], self.codec.values["method"]
        session.send("REGISTER", e164=number, **replace)
        offered = session.wait("REGISTRATION", stage=stages["choosing"])["methods"]
        known = [entry for entry in offered if entry["method"] in (methods["sms"], methods["voice"])]
        first = min(known, key=lambda entry: entry["wait_ms"])
        self.rest(first["wait_ms"], "method_wait_ms")
        session.send("REGISTER_METHOD", method=first["method"])
        return session.wait("REGISTRATION", stage=stages["waiting"])

    def verify(self, session, number, **replace):
        self.rest(self.begin(session, number, **replace)["code_wait_ms"], "code_wait_ms")
        session.send("REGISTER_CODE", code=self.code(number))
        session.wait("REGISTRATION", stage=self.codec.values["registration_stage"]["verified"])

    def register(self, device, number=None, **replace):
        session = self.connect(device)
        self.verify(session, number or self.number(), **replace)
        session.send("REGISTER_DEVICE", certificate=device.certificate(self.realm.realm_id))
        session.wait("REGISTERED", account=device.account_id, device=device.device_id)
        session.end("REPLACED")
        return device

    def device(self):
        """A device that is registered, under a number of its own."""
        return self.register(Device(self.codec))

    def receipt(self, session, status, to, *numbers):
        """A RECEIPT for just these numbers, which lie side by side."""
        return session.wait("RECEIPT", status=self.codec.values["receipt_status"][status], device=to.device_id,
                            ranges=[{"first": numbers[0], "count": len(numbers)}])

    def gap(self, session, reason, first, count=1):
        return session.wait("GAP", reason=self.codec.values["gap_reason"][reason], mailbox_seq=first, count=count)

    def nothing(self, session, *names, seconds=HALF_A_SECOND):
        """None of these frames comes for a while."""
        deadline = time.monotonic() + seconds
        while not any(name in names for name, _ in session.inbox):
            try:
                session.handle_record(session.open_record(deadline))
            except TimeoutError:
                return True
        return False
