"""The secure channel of chapter 03: trust in an edge, the two handshakes, RETRY."""
import time
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from noise.connection import Keypair, NoiseConnection
from noise.exceptions import NoiseInvalidMessage, NoiseValueError

from .carrier import Failure, open_carrier
from .codec import GrammarError
from .records import digest, read_server_record, write_preface

# ValueError is what `cryptography` makes of an all-zero Diffie-Hellman result (CHN-022).
NOISE_ERRORS = (InvalidTag, NoiseInvalidMessage, NoiseValueError, ValueError)
CERTIFICATE_LIFE_MAX_S = 90 * 86400


class Rejected(Failure):
    def __init__(self, answer, reason):
        super().__init__(f"REJECT {reason}")
        self.answer, self.reason = answer, reason


class Channel(NamedTuple):
    carrier: object
    noise: NoiseConnection
    path: str  # "IK", "XX" or "XX after RETRY"
    answer: bytes | None  # the payload of IK message 2


class Realm:
    """What a client is set up with: the realm id, which is the root's public key, and an address."""

    def __init__(self, codec, realm_id, address, timeout):
        self.codec, self.realm_id, self.address, self.timeout = codec, realm_id, address, timeout
        self.reasons = {value: name for name, value in codec.values["reject_reason"].items()}

    def certificate_holds(self, certificate, edge_key):
        """The five conditions of "The edge's certificate". It parsed, so the first is true."""
        signed = self.codec.signed_part("edge_certificate", self.realm_id, certificate)
        try:
            Ed25519PublicKey.from_public_bytes(self.realm_id).verify(certificate["signature"], signed)
        except InvalidSignature:
            return False
        begin, end = certificate["not_before_s"], certificate["not_after_s"]
        return (certificate["root_key_id"] == digest(b"pinnace/1 root key", self.realm_id)[:8]
                and certificate["edge_key"] == edge_key and begin <= time.time() <= end
                and end - begin <= CERTIFICATE_LIFE_MAX_S)

    def noise(self, pattern, prologue, device, edge_key=None):
        noise = NoiseConnection.from_name(f"Noise_{pattern}_25519_ChaChaPoly_BLAKE2s".encode())
        noise.set_as_initiator()
        noise.set_prologue(prologue)
        noise.set_keypair_from_private_bytes(Keypair.STATIC, device.noise_secret)
        if edge_key:
            noise.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, edge_key)
        noise.start_handshake()
        return noise

    def shake_hands(self, device, flight, edge_key=None, address=None):
        """A channel. `flight` makes a first flight, anew for each message that carries one. `edge_key` stands for a kept
        key that is outdated."""
        carrier = open_carrier(address or self.address, self.timeout)
        kept = device.edge_certificate
        if not edge_key and kept and self.certificate_holds(kept, kept["edge_key"]):  # CHN-012
            edge_key = kept["edge_key"]
        try:
            refused = b""
            if edge_key:
                channel, refused = self.try_ik(carrier, device, flight, edge_key)
                if channel:
                    return channel
            return self.do_xx(carrier, device, flight, refused)
        except (GrammarError, *NOISE_ERRORS) as error:
            carrier.close()
            raise Failure(f"the handshake failed: {error!r}") from None
        except Failure:
            carrier.close()
            raise

    def try_ik(self, carrier, device, flight, edge_key):
        """A channel, or none and the opening that was answered with RETRY."""
        start = write_preface(self.codec.values["pattern"]["IK"], device.route_token)
        noise = self.noise("IK", b"pinnace/1\0" + self.realm_id + start, device, edge_key)
        opening = start + noise.write_message(flight())
        answer = self.exchange(carrier, opening)
        if answer["kind"] == 1:
            return None, opening
        return Channel(carrier, noise, "IK", bytes(noise.read_message(answer["noise"]))), b""

    def do_xx(self, carrier, device, flight, refused):
        start = write_preface(self.codec.values["pattern"]["XX"], device.route_token)
        label, bound = b"pinnace/1\0", b""
        if refused:  # CHN-007, CHN-008
            label, bound = b"pinnace/1 retry\0", digest(b"pinnace/1 refused", refused)
        noise = self.noise("XX", label + self.realm_id + start + bound, device)
        answer = self.exchange(carrier, start + noise.write_message())
        if answer["kind"] != 0:
            raise Failure("a second RETRY")
        frames = list(self.codec.read_frames(bytes(noise.read_message(answer["noise"]))))
        edge_key = noise.noise_protocol.handshake_state.rs.public_bytes
        if [frame.name for frame in frames] != ["CERTIFICATE"]:  # CHN-010
            raise Failure("message 2 holds no certificate")
        certificate = frames[0].value["certificate"]
        if not self.certificate_holds(certificate, edge_key):  # CHN-011: no message 3
            raise Failure("the edge's certificate does not hold")
        device.edge_certificate = certificate
        carrier.send(noise.write_message(flight()))
        return Channel(carrier, noise, "XX after RETRY" if refused else "XX", None)

    def exchange(self, carrier, record):
        carrier.send(record)
        answer = read_server_record(carrier.receive(time.monotonic() + self.timeout))
        if answer["kind"] == 2:
            raise Rejected(answer, self.reasons.get(answer["reason"], "BUSY"))
        return answer
