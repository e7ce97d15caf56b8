"""The RouterOS API on the wire: words with a length prefix, sentences that end with an empty word.

help.mikrotik.com/docs/spaces/ROS/pages/47579160/API
"""


def encode_length(n):
    """The 1 to 5 bytes that announce a word of n bytes."""
    if n < 0x80:
        return bytes([n])
    if n < 0x4000:
        return (n | 0x8000).to_bytes(2, "big")
    if n < 0x200000:
        return (n | 0xC00000).to_bytes(3, "big")
    if n < 0x10000000:
        return (n | 0xE0000000).to_bytes(4, "big")
    return b"\xf0" + n.to_bytes(4, "big")


def encode_sentence(words):
    """Words (str) as the bytes of one sentence."""
    parts = []
    for word in words:
        data = word.encode("utf-8", "surrogateescape")
        parts.append(encode_length(len(data)) + data)
    parts.append(b"\0")
    return b"".join(parts)


def read_sentence(stream):
    """The next non-empty sentence of a binary stream, as a list of str. Raises EOFError at the
    end.
    """
    while True:
        words = []
        while word := _read_word(stream):
            words.append(word.decode("utf-8", "surrogateescape"))
        if words:
            return words


def _read_word(stream):
    first = _read(stream, 1)[0]
    if first < 0x80:
        length = first
    elif first < 0xC0:
        length = (first & 0x3F) << 8 | _read(stream, 1)[0]
    elif first < 0xE0:
        length = (first & 0x1F) << 16 | int.from_bytes(_read(stream, 2), "big")
    elif first < 0xF0:
        length = (first & 0x0F) << 24 | int.from_bytes(_read(stream, 3), "big")
    elif first == 0xF0:
        length = int.from_bytes(_read(stream, 4), "big")
    else:
        raise EOFError(f"reserved control byte 0x{first:02x}")
    return _read(stream, length) if length else b""


def _read(stream, n):
    data = stream.read(n)
    if len(data) < n:
        raise EOFError("the peer closed the connection")
    return data
