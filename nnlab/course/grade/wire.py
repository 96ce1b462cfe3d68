"""Plain data over a socket, between a judge and a box that may lie: bounded before anything is allocated, no pickle.

A frame is two lengths (of the JSON text and of the arrays' raw bytes), the text, and the bytes. The text is
`[number, body]`; an array in the body is its dtype, its shape and its place in the bytes. Only dtypes of numbers, truth
values and strings are read, so no object is ever made from what a box says.
"""

import json
import math
import socket
import struct
import time
from typing import Any

import numpy as np

from nnlab.exercises.box import Net, Raised

TEXT_LIMIT = 2**20  # bytes
RAW_LIMIT = 16 * 2**20
_INTEGER_LIMIT = 2**4096
_LENGTHS = struct.Struct("!II")


class BadFrame(Exception):
    """What came is no frame, or not the one that was asked for."""


class TooLarge(Exception):
    """This cannot be sent: it is larger than a frame may be."""


def send(channel: socket.socket, number: int, body: Any) -> None:
    """Send one frame.

    Raises:
        TypeError: the body holds something that is not plain data.
        TooLarge: it is larger than a frame may be.
        OSError: the other side is gone.
    """
    raw = bytearray()
    text = json.dumps([number, _pack(body, raw)]).encode()
    if len(text) > TEXT_LIMIT or len(raw) > RAW_LIMIT:
        raise TooLarge(f"{len(text) + len(raw)} bytes")
    channel.sendall(_LENGTHS.pack(len(text), len(raw)) + text + raw)


def receive(channel: socket.socket, deadline: float = math.inf) -> tuple[int, Any]:
    """The next frame's number and body.

    Args:
        channel: the socket.
        deadline: the moment, in seconds of `time.monotonic`, by which all of it must be there.

    Raises:
        BadFrame: it is none, or too large.
        EOFError: the other side is gone.
        TimeoutError: it did not come in time.
    """
    n_text, n_raw = _LENGTHS.unpack(_exactly(channel, _LENGTHS.size, deadline))
    if n_text > TEXT_LIMIT or n_raw > RAW_LIMIT:
        raise BadFrame(f"a frame of {n_text + n_raw} bytes")
    text, raw = _exactly(channel, n_text, deadline), _exactly(channel, n_raw, deadline)
    try:
        number, body = json.loads(text)
        if type(number) is not int:
            raise ValueError("a frame without a number")
        return number, _unpack(body, raw)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError) as error:
        raise BadFrame(f"{type(error).__name__}: {error}") from None


def _exactly(channel: socket.socket, n: int, deadline: float) -> bytes:
    data = bytearray()
    while len(data) < n:
        if deadline < math.inf:  # for each part anew: a byte now and then keeps no judge waiting
            channel.settimeout(max(deadline - time.monotonic(), 1e-3))
        part = channel.recv(min(n - len(data), 2**20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def _pack(value: Any, raw: bytearray) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if value is ...:
        return {"is": "..."}
    if isinstance(value, int):
        if abs(value) >= _INTEGER_LIMIT:
            raise TooLarge("a whole number of more than 4096 bits")
        return int(value) if abs(value) < 2**53 else {"is": "int", "hex": hex(value)}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"is": "float", "text": str(float(value))}
    if isinstance(value, complex):
        return {"is": "complex", "parts": [_pack(value.real, raw), _pack(value.imag, raw)]}
    if isinstance(value, Net):
        return {"is": "net", "layers": [_pack(list(layer), raw) for layer in value.layers]}
    if isinstance(value, Raised):
        return {"is": "raised", "parts": [value.kind[:200], value.message[:2000], value.line[:200]]}
    if isinstance(value, tuple):
        return {"is": "tuple", "items": [_pack(v, raw) for v in value]}
    if isinstance(value, list):
        return [_pack(v, raw) for v in value]
    if isinstance(value, dict):
        return {"is": "dict", "items": [[_pack(k, raw), _pack(v, raw)] for k, v in value.items()]}
    kind = "tensor" if hasattr(value, "detach") else "array"
    array = np.asarray(value.detach().cpu().numpy() if kind == "tensor" else value)
    if array.dtype.kind not in "biufcU":
        raise TypeError(f"a {type(value).__name__} of {array.dtype} is no plain data")
    place = len(raw)
    if array.nbytes > RAW_LIMIT:
        raise TooLarge(f"an array of {array.nbytes} bytes")
    raw += np.ascontiguousarray(array).tobytes()
    return {"is": kind, "dtype": array.dtype.str, "shape": list(array.shape), "at": place}


def _unpack(value: Any, raw: bytes) -> Any:
    if isinstance(value, list):
        return [_unpack(v, raw) for v in value]
    if not isinstance(value, dict):
        return value
    match value["is"]:
        case "...":
            return ...
        case "int":
            whole = int(value["hex"][:1100], 16)
            if abs(whole) >= _INTEGER_LIMIT:
                raise ValueError("a whole number of more than 4096 bits")
            return whole
        case "float":
            return float(value["text"])
        case "complex":
            real, imaginary = (float(_unpack(part, raw)) for part in value["parts"])
            return complex(real, imaginary)
        case "net":
            return Net(*(tuple(_unpack(layer, raw)) for layer in value["layers"]))
        case "raised":
            kind, message, line = map(str, value["parts"])
            return Raised(kind, message, line)
        case "tuple":
            return tuple(_unpack(v, raw) for v in value["items"])
        case "dict":
            return {_unpack(k, raw): _unpack(v, raw) for k, v in value["items"]}
        case "array":
            return _array(value, raw)
        case "tensor":
            import torch

            return torch.from_numpy(_array(value, raw))
    raise ValueError(f"no kind of data: {str(value['is'])[:40]}")


def _array(value: dict, raw: bytes) -> np.ndarray:
    dtype = np.dtype(str(value["dtype"]))
    shape, at = [int(n) for n in value["shape"]], int(value["at"])
    if dtype.kind not in "biufcU" or not dtype.itemsize or len(shape) > 16 or min(shape, default=0) < 0 or at < 0:
        raise ValueError("no array of plain data")
    size = math.prod(shape)
    if at + size * dtype.itemsize > len(raw):
        raise ValueError("an array larger than its bytes")
    return np.frombuffer(raw, dtype, size, at).reshape(shape).copy()
