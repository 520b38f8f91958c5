"""Chapter 06: a number, its code, the certificate, and what is refused on the way."""
from pinnace.device import Device

WRONG_NUMBERS = ("4930123456", "+0930123456", "+49 30123456")


def a_device_registers(world):
    device, number, values = Device(world.codec), world.number(), world.codec.values
    session = world.connect(device)
    world.check(session.path == "XX", "XX: the edge's certificate holds under the realm")
    zeros = [session.welcome[name] for name in ("standing", "session_epoch", "handled", "cursor", "mailbox_last")]
    world.check(zeros == [0] * 5, "WELCOME: the device is unregistered, its numbers are 0 (REG-001)")
    refused(world, session, "REGISTRATION_OVER", "REGISTER_METHOD", method=values["method"]["sms"])
    for wrong in WRONG_NUMBERS:
        refused(world, session, "BAD_NUMBER", "REGISTER", e164=wrong)
    state = world.begin(session, number)
    world.check(state["code_len"] == len(world.code(number)),
                "stage waiting: the gateway has a code of code_len digits (REG-007)")
    if state["code_wait_ms"] > 0:
        refused(world, session, "TOO_SOON", "REGISTER_CODE", code=world.code(number))
    refused(world, session, "METHOD_UNAVAILABLE", "REGISTER_METHOD", method=values["method"]["existing_device"])
    if state["methods"][0]["wait_ms"] > 0:
        refused(world, session, "TOO_SOON", "REGISTER_METHOD", method=state["methods"][0]["method"])
    world.rest(state["code_wait_ms"], "code_wait_ms")
    refused(world, session, "CODE_WRONG", "REGISTER_CODE", code=another(world.code(number)))
    world.rest(state["code_wait_ms"], "code_wait_ms")
    session.send("REGISTER_CODE", code=world.code(number))
    verified = session.wait("REGISTRATION", stage=values["registration_stage"]["verified"])
    world.check(verified["methods"] == [], "the right code: stage verified, no methods any more (REG-012)")
    present_certificates(world, session, device)
    answer = session.wait("REGISTERED")
    session.end("REPLACED")
    world.check(answer == {"account": device.account_id, "device": device.device_id},
                "REGISTERED, then CLOSE REPLACED (REG-019)")
    session = world.connect(device)
    world.check(session.path == "IK" and session.welcome["standing"] == 1,
                "IK: WELCOME in message 2, standing registered (SES-039)")
    session.send("REGISTER", e164=number)
    session.end("OUT_OF_STATE", frame_type=world.codec.frames["REGISTER"]["type"])
    world.check(True, "REGISTER of a registered device: CLOSE OUT_OF_STATE (REG-027)")


def present_certificates(world, session, device):
    """Three that do not hold, then the one that does. The first is signed with a changed realm."""
    realm_id = world.realm.realm_id
    for reason, certificate in (
            ("another realm's signature", device.certificate(bytes(32))),
            ("another device's key", device.certificate(realm_id, noise_key=Device(world.codec).noise_key)),
            ("an id that is not the key's", device.certificate(realm_id, account=bytes(16))),
            ("out of date", device.certificate(realm_id, not_after_s=1))):
        refused(world, session, "CERTIFICATE_INVALID", "REGISTER_DEVICE", f": {reason}", certificate=certificate)
    session.send("REGISTER_DEVICE", certificate=device.certificate(realm_id))


def refused(world, session, error, name, text="", **value):
    session.send(name, **value)
    answer = session.wait("ERROR", code=world.codec.codes[error], frame_type=world.codec.frames[name]["type"], subject=0)
    what = text or f" {next(iter(value.values()))}"
    world.check(error != "TOO_SOON" or answer["retry_after_ms"] > 0, f"{name}{what}: ERROR {error}")
    return answer


def another(code):
    return ("1" if code[0] == "0" else "0") + code[1:]


def guesses_and_registrations_are_counted(world):
    session, number = world.connect(Device(world.codec)), world.number()
    attempts = world.begin(session, number)["attempts_left"]
    for _ in range(attempts):
        world.rest(world.codec.limits["code_wait_ms"]["default"], "code_wait_ms")
        session.send("REGISTER_CODE", code=another(world.code(number)))
        session.wait("ERROR", code=world.codec.codes["CODE_WRONG"])
    world.rest(world.codec.limits["code_wait_ms"]["default"], "code_wait_ms")
    refused(world, session, "REGISTRATION_OVER", "REGISTER_CODE", code=world.code(number))
    session.close()
    session = world.connect(Device(world.codec))
    over = refused(world, session, "REGISTRATION_OVER", "REGISTER", e164=number)
    world.check(over["retry_after_ms"] > 0,
                f"{attempts} wrong codes: also the right one comes too late, on a new connection too (REG-009, REG-010)")
    number, begun = world.number(), 0
    while not session.find("RATE", {}):
        session.send("REGISTER", e164=number)
        begun += 1
        session.sync()
    rate = session.wait("RATE", frame_type=world.codec.frames["REGISTER"]["type"], subject=0)
    world.check(rate["retry_after_ms"] > 0, f"the {begun}th REGISTER of a number within the hour: RATE (REG-025)")
    session.close()


def an_account_has_devices_and_loses_its_number(world):
    number = world.number()
    first = world.register(Device(world.codec), number)
    second = world.register(Device(world.codec, first.identity), number)
    session, sender = world.connect(second), world.connect(world.device())
    session.send("DEVICES_QUERY", request=7)
    devices = [entry["device"] for entry in session.wait("DEVICES", request=7)["devices"]]
    world.check(devices == [first.device_id, second.device_id],
                "DEVICES: both devices of the account, the older one first (REG-028)")
    sent = sender.post(first.device_id, b"\0for nobody")
    world.check(sender.outcome(sent) == "ACCEPTED", "a message waits for the device that is away")
    other = world.connect(Device(world.codec))
    world.verify(other, number)
    refused(world, other, "NUMBER_TAKEN", "REGISTER_DEVICE", " without replace",
            certificate=other.device.certificate(world.realm.realm_id))
    other.close()
    world.register(Device(world.codec), number, replace=True)
    session.end("DEVICE_GONE")
    world.check(True, "REGISTER with replace: the account that had the number hears DEVICE_GONE (REG-021, REG-022)")
    world.receipt(sender, "device_gone", first, sent)
    world.check(True, "its correspondent hears RECEIPT device_gone")
    sender.close()
    gone = world.connect(first)
    world.check(gone.welcome["standing"] == 0, "the removed device is unknown")
    gone.close()
