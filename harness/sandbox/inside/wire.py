"""Frames on a stream socket: four bytes of length, then JSON."""

import json
import socket
import struct
from typing import Any

MAX_FRAME = 32 << 20


class Broken(Exception):
    """The other side does not keep to the protocol."""


class Gone(Broken):
    """The other side is gone."""


_encode = json.JSONEncoder(separators=(",", ":")).encode


def send(link: socket.socket, message: dict[str, Any]) -> None:
    """Raises Gone if the other side is gone, ValueError if the message is too long."""
    data = _encode(message).encode()
    if len(data) > MAX_FRAME:
        raise ValueError(f"more than {MAX_FRAME >> 20} MiB")
    try:
        link.sendall(struct.pack(">I", len(data)) + data)
    except OSError as error:
        raise Gone(str(error)) from None


def receive(link: socket.socket) -> dict[str, Any]:
    """The next message. Raises Broken."""
    (length,) = struct.unpack(">I", _exactly(link, 4))
    if length > MAX_FRAME:
        raise Broken(f"announces {length} bytes")
    try:
        message = json.loads(_exactly(link, length))
    except (ValueError, RecursionError):
        raise Broken("sends what is not JSON") from None
    if not isinstance(message, dict):
        raise Broken("sends what is not a message")
    return message


def _exactly(link: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        try:
            chunk = link.recv(min(1 << 20, length - len(data)))
        except OSError as error:
            raise Gone(str(error)) from None
        if not chunk:
            raise Gone
        data += chunk
    return bytes(data)
