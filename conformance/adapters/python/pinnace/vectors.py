"""Replays spec/vectors (see the README there) and spec/data/transcripts.toml."""
import json
import tomllib
import warnings

from noise.connection import Keypair, NoiseConnection

from .codec import GrammarError, Reader, write_tlv
from .records import digest, read_preface, read_server_record, write_opening, write_server_record

RECORDS = {"PREFACE": (read_preface, write_opening), "SERVER_RECORD": (read_server_record, write_server_record)}


def load_vectors(spec):
    for path in sorted((spec / "vectors").glob("*.json")):
        if path.name != "schema.json":
            yield from json.loads(path.read_text())["vectors"]


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


def decode(codec, kind, octets, found):
    """Appends what is read to `found`, so that it is there when an error is raised. Gives the octets, written anew."""
    if kind in RECORDS:
        read, write = RECORDS[kind]
        found.append(read(octets))
        return write(found[0])
    if kind.lower() in codec.structs:
        found.append(codec.read_octets({"struct": kind.lower()}, Reader(octets)))
        return codec.write_fields(codec.structs[kind.lower()], found[0])
    again = b""
    for name, value, _ in codec.read_frames(octets):
        found.append({"frame": name, "value": value} if kind == "RECORD" else value)
        again += write_tlv(value["type"], value["body"]) if name == "UNKNOWN" else codec.write_frame(name, value)
    return again


def vector_holds(codec, vector):
    octets, found, error = octets_of(vector["hex"]), [], {}
    try:
        again = decode(codec, vector["frame"], octets, found)
    except GrammarError as raised:
        again, error = None, {"kind": raised.kind, "offset": raised.offset, "code": raised.code}
    found = found if vector["frame"] == "RECORD" else found[0] if found else None
    good = plain(found) == plain(vector.get("value")) and vector.get("error", {}).items() <= error.items()
    good &= "error" in vector or again == octets or (again is not None and not vector.get("canonical", True))
    if not good:
        print(f"FAIL  {vector['id']}: {error or found}")
    return good


class Transcript:
    """One handshake with fixed keys. Each side is made of the library's state and the secrets that the transcript tells."""

    def __init__(self, name, parts):
        self.name, self.parts = name, {part["name"]: bytes.fromhex(part["hex"]) for part in parts}
        self.preface = self.parts["client_record_1"][:8 + self.parts["client_record_1"][7]]

    def side(self, initiator, pattern, prologue, secret, ephemeral, remote=None):
        noise = NoiseConnection.from_name(f"Noise_{pattern}_25519_ChaChaPoly_BLAKE2s".encode())
        (noise.set_as_initiator if initiator else noise.set_as_responder)()
        noise.set_prologue(prologue)
        noise.set_keypair_from_private_bytes(Keypair.STATIC, self.parts[secret])
        noise.set_keypair_from_private_bytes(Keypair.EPHEMERAL, self.parts[ephemeral])
        if remote:
            noise.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, self.parts[remote])
        noise.start_handshake()
        return noise

    def records(self):
        """Yields (name, octets that this program makes)."""
        parts, start = self.parts, b"pinnace/1\0" + self.parts["realm_id"]
        pattern, prologue, remote = ("IK" if self.name == "ik" else "XX"), start + self.preface, None
        if self.name == "retry":
            refused_preface = parts["refused_record"][:8]
            yield "refused_prologue", start + refused_preface
            refused = self.side(True, "IK", start + refused_preface, "device_secret", "refused_ephemeral_secret",
                                "outdated_edge_public")
            yield "refused_record", refused_preface + bytes(refused.write_message(parts["refused_payload"]))
            yield "refused_digest", digest(b"pinnace/1 refused", parts["refused_record"])
            prologue = b"pinnace/1 retry\0" + parts["realm_id"] + self.preface + parts["refused_digest"]
        yield "prologue", prologue
        if pattern == "IK":
            remote = "edge_public"
        client = self.side(True, pattern, prologue, "device_secret", "client_ephemeral_secret", remote)
        server = self.side(False, pattern, prologue, "edge_secret", "server_ephemeral_secret")
        first = client.write_message(parts.get("message_1_payload", b""))
        yield "client_record_1", self.preface + bytes(first)
        server.read_message(first)
        second = server.write_message(parts["message_2_payload"])
        yield "server_record_1", b"\0" + bytes(second)
        client.read_message(second)
        number = 2
        if pattern == "XX":
            third = client.write_message(parts["message_3_payload"])
            yield "client_record_2", bytes(third)
            server.read_message(third)
            number = 3
        yield "handshake_hash", client.get_handshake_hash()
        yield "server_record_2", server.encrypt(parts["server_record_2_plaintext"])
        yield f"client_record_{number}", client.encrypt(b"")

    def wrong(self):
        return [name for name, octets in self.records() if octets != self.parts[name]]


def check_vectors(codec, spec):
    """Prints what was replayed; gives whether all held."""
    vectors = list(load_vectors(spec))
    wrong = sum(not vector_holds(codec, vector) for vector in vectors)
    errors = sum("error" in vector for vector in vectors)
    # The library warns of an ephemeral key that is given to it, which is the point here.
    warnings.filterwarnings("ignore", message="One of ephemeral keypairs is already set")
    handshakes = [Transcript(entry["name"], entry["part"])
                  for entry in tomllib.loads((spec / "data/transcripts.toml").read_text())["transcript"]]
    for handshake in handshakes:
        for name in handshake.wrong():
            wrong += 1
            print(f"FAIL  transcript {handshake.name}: {name}")
    print(f"{len(vectors) - errors} values, {errors} errors, {len(handshakes)} handshakes; {wrong} wrong")
    return bool(vectors and handshakes) and not wrong
