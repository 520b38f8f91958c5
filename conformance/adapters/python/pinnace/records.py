"""The records before the channel stands, which are no frames: chapters 00 and 03."""
import hashlib
import struct

from .codec import GrammarError, Reader

MAGIC = b"PNCE"
PREFACE_CODES = {"unsupported_version": "UNSUPPORTED_VERSION", "unsupported_suite": "UNSUPPORTED_SUITE",
                 "unsupported_pattern": "UNSUPPORTED_PATTERN"}


def digest(label, octets):
    return hashlib.blake2s(label + b"\0" + octets).digest()


def write_preface(pattern, token):
    return MAGIC + bytes([1, 1, pattern, len(token)]) + token


def read_preface(record):
    """What a server makes of an opening, from its front; the code of an error is the reason of REJECT."""
    try:
        return read_opening(Reader(record))
    except GrammarError as error:
        error.code = PREFACE_CODES.get(error.kind, "BAD_PREFACE")
        raise


def read_opening(reader):
    for place, octet in enumerate(MAGIC):
        if reader.take(1)[0] != octet:
            raise GrammarError("bad_magic", place)
    value = {}
    for name, known in (("version", (1,)), ("suite", (1,)), ("pattern", (1, 2))):
        value[name], = reader.take(1)
        if value[name] not in known:
            raise GrammarError("unsupported_" + name, reader.at - 1)
    token_len, = reader.take(1)
    if token_len > 64:
        raise GrammarError("over_limit", reader.at - 1)
    return value | {"route_token": reader.take(token_len), "noise": reader.take()}


def write_opening(value):
    return MAGIC + bytes([value["version"], value["suite"], value["pattern"], len(value["route_token"])]) + (
        value["route_token"] + value["noise"])


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


def write_server_record(value):
    rest = value["noise"] if value["kind"] == 0 else b"" if value["kind"] == 1 else struct.pack(
        ">BIB", value["reason"], value["retry_after_ms"], value["highest_version"])
    return bytes([value["kind"]]) + rest
