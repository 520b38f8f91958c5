"""The codec of chapter 04. No frame stands in it: it reads frames.toml and errors.toml."""
import tomllib
from typing import NamedTuple

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


class Frame(NamedTuple):
    name: str
    value: dict
    size: int  # of the body, which is what a credited frame costs


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
        self.labels = {struct["name"]: struct["label"].encode() for struct in tables["struct"] if "label" in struct}
        self.values = {registry["name"]: {v["name"]: v["value"] for v in registry["values"]} for registry in tables["registry"]}
        self.grease = [tables["grease"]["multiplier"] * k + tables["grease"]["offset"] for k in range(8)]
        self.codes = {error["name"]: error["code"] for error in tomllib.loads((spec / "data/errors.toml").read_text())["error"]}
        self.code_names = {code: name for name, code in self.codes.items()}
        limits = tomllib.loads((spec / "data/limits.toml").read_text())["limit"]
        self.limits = {limit["name"]: limit for limit in limits}

    def read_frames(self, octets):
        """Yields frames. What comes before an error has been yielded by then (FRM-016)."""
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
                size = body.end - body.at
                entry = Frame(frame["name"], self.read_body(frame, body), size) if frame else Frame(
                    "UNKNOWN", {"type": frame_type, "body": body.take()}, size)
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
