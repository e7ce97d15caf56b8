"""SNMP v2c as bytes: GET and GETBULK on a connected UDP socket. RFC 3416, RFC 3417, X.690.

A poll of an OLT is thousands of bindings that are looked at once. A general library makes a tree of
objects for each; here each is an OID tail and an int or bytes, at a tenth of the processor time.
v3 (users, encryption) stays with pysnmp.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence

from .vendors import Oid

#: the object is not there, or the MIB ends here
ABSENT = object()
GET, GET_BULK, RESPONSE = 0xA0, 0xA5, 0xA2
INTEGER, OCTETS, NULL, OBJECT, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
UNSIGNED = (0x41, 0x42, 0x43, 0x46, 0x47)  # Counter32, Gauge32, TimeTicks, Counter64, UInteger32
MISSING = (NULL, 0x80, 0x81, 0x82)
LARGEST = 65535


class Malformed(ValueError):
    """These bytes are no SNMP response."""


class NoAnswer(Exception):
    """Nobody answered, however often we asked."""


class Refused(Exception):
    """:param status: error-status of the answer (1 tooBig, 2 noSuchName, 16 authorizationError)"""

    def __init__(self, status):
        super().__init__(f"error status {status}")
        self.status = status


# ------------------------------------------------------------------ writing
def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _integer(value: int) -> bytes:
    return _tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def pack_oid(oid: Sequence[int]) -> bytes:
    """The content of an OBJECT IDENTIFIER."""
    out = bytearray((oid[0] * 40 + oid[1],))
    for part in oid[2:]:
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.append(0x80 | part & 0x7F)
        out += bytes(reversed(digits))
    return bytes(out)


def request(kind: int, number: int, community: bytes, name: bytes, repetitions: int = 0) -> bytes:
    """One request for one object. :param name: packed OID"""
    binding = _tlv(SEQUENCE, _tlv(OBJECT, name) + _tlv(NULL, b""))
    pdu = _integer(number) + _integer(0) + _integer(repetitions) + _tlv(SEQUENCE, binding)
    return _tlv(SEQUENCE, _integer(1) + _tlv(OCTETS, community) + _tlv(kind, pdu))


# ------------------------------------------------------------------ reading
def _head(data: bytes, at: int, tag: int | None = None) -> tuple[int, int, int]:
    """(tag, first octet of the content, octet after it)"""
    found, size = data[at], data[at + 1]
    at += 2
    if size & 0x80:
        octets = size & 0x7F
        size = int.from_bytes(data[at : at + octets], "big")
        at += octets
    if at + size > len(data) or tag not in (None, found):
        raise Malformed("cut off" if tag in (None, found) else f"tag {found:#x}, not {tag:#x}")
    return found, at, at + size


def unpack_tail(data: bytes) -> Oid:
    """The parts of an OID after the first two."""
    parts, part = [], 0
    for octet in data:
        part = part << 7 | octet & 0x7F
        if octet < 128:
            parts.append(part)
            part = 0
    return tuple(parts)


def _value(data, tag, start, end):
    if tag == INTEGER:
        return int.from_bytes(data[start:end], "big", signed=True)
    if tag in UNSIGNED:
        return int.from_bytes(data[start:end], "big")
    return ABSENT if tag in MISSING else data[start:end]


def response(data: bytes) -> tuple[int, int, list[tuple[bytes, object]]]:
    """(request number, error status, [(packed OID, value)]). :raise Malformed:"""
    try:
        _tag, at, _end = _head(data, 0, SEQUENCE)
        _tag, _start, at = _head(data, at, INTEGER)  # version
        _tag, _start, at = _head(data, at, OCTETS)  # community
        _tag, at, _end = _head(data, at, RESPONSE)
        _tag, start, at = _head(data, at, INTEGER)
        number = int.from_bytes(data[start:at], "big", signed=True)
        _tag, start, at = _head(data, at, INTEGER)
        status = int.from_bytes(data[start:at], "big", signed=True)
        _tag, _start, at = _head(data, at, INTEGER)  # error index
        _tag, at, end = _head(data, at, SEQUENCE)
        bindings = []
        while at < end:
            _tag, start, after = _head(data, at, SEQUENCE)
            _tag, start, stop = _head(data, start, OBJECT)
            tag, first, last = _head(data, stop)
            bindings.append((data[start:stop], _value(data, tag, first, last)))
            at = after
    except IndexError:
        raise Malformed("cut off") from None
    return number, status, bindings


# ------------------------------------------------------------------ talking
class Agent:
    """One agent. :param retries: how often a request is sent again"""

    def __init__(self, host, port, community, timeout, retries, repetitions):
        self.community, self.retries, self.repetitions = community, retries, repetitions
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_DGRAM
        )[0]
        self.socket = socket.socket(family, kind, protocol)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.number = random.randrange(1, 2**30)

    def close(self):
        self.socket.close()

    def ask(self, kind, name, repetitions=0):
        """:return: bindings. :raise NoAnswer:, :raise Refused:, :raise Malformed:"""
        self.number += 1
        packet = request(kind, self.number, self.community, name, repetitions)
        for _turn in range(self.retries + 1):
            try:
                self.socket.send(packet)
                while True:
                    number, status, bindings = response(self.socket.recv(LARGEST))
                    if number == self.number:  # not the late answer to an earlier question
                        break
            except OSError:  # time is up, or the host says that nobody listens there
                continue
            if status:
                raise Refused(status)
            return bindings
        raise NoAnswer

    def get(self, oid):
        """:return: the value, or :data:`ABSENT`"""
        bindings = self.ask(GET, pack_oid(oid))
        return bindings[0][1] if bindings else ABSENT

    def walk(self, base):
        """(index, value) of every row below an OID."""
        prefix = pack_oid(base)
        name, last = prefix, ()
        while True:
            bindings = self.ask(GET_BULK, name, self.repetitions)
            if not bindings:
                return
            for name, value in bindings:
                if value is ABSENT or not name.startswith(prefix):
                    return
                index = unpack_tail(name[len(prefix) :])
                if index <= last:  # an agent that goes in circles would keep us for ever
                    return
                last = index
                yield index, value
