"""What crosses the border between judge and box, and what does not."""

import contextlib
import json
import socket
import struct
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlab.course.grade import wire
from nnlab.exercises.box import Net, Raised
from nnlab.exercises.compare import same

NUMBERS = st.integers(-(2**100), 2**100) | st.floats() | st.complex_numbers() | st.booleans()
ARRAYS = hnp.arrays(
    st.sampled_from(["<f8", "<f4", "<i8", "<u2", "|b1", "<c16", "<U3", ">f8"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
PLAIN = st.recursive(
    st.none() | NUMBERS | st.text() | ARRAYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def carried(value):
    """What arrives on the other side."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=wire.send, args=(ours, 5, value))
        sender.start()
        number, arrived = wire.receive(theirs)
        sender.join()
    assert number == 5
    return arrived


def received(data: bytes):
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(data)
        return wire.receive(theirs)


def frame(text, raw=b""):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return struct.pack("!II", len(text), len(raw)) + text + raw


def alike(a, b):
    if isinstance(a, np.ndarray):
        equal_nan = a.dtype.kind in "fc"
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=equal_nan)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(alike(a[k], b[k]) for k in a)
    return type(a) is type(b) and (a == b or (a != a and b != b and same([a], [b])))


@given(PLAIN)
def test_plain_data_arrives_as_it_was(value):
    assert alike(value, carried(value))


def test_what_a_judge_sends_arrives():
    net = carried(Net(("Linear", np.ones((2, 3)), None), ("ReLU",)))
    assert isinstance(net, Net) and net.layers[0][1].shape == (2, 3) and net.layers[1] == ("ReLU",)
    tensor = carried(torch.arange(4, dtype=torch.float32))
    assert isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float32 and tensor.tolist() == [0, 1, 2, 3]
    assert carried((1, [2], ...)) == (1, [2], ...)
    assert carried(Raised("ValueError", "no", "x = 1")) == Raised("ValueError", "no", "x = 1")


@pytest.mark.parametrize(
    "value",
    [print, object(), np.array([print]), {1, 2}, b"bytes", np.datetime64("2020-01-01")],
    ids=lambda v: type(v).__name__,
)
def test_what_is_no_plain_data_is_not_sent(value):
    with pytest.raises(TypeError):
        wire.send(socket.socketpair()[0], 1, [value])


@pytest.mark.parametrize(
    "value", [np.zeros(wire.RAW_LIMIT), "x" * wire.TEXT_LIMIT, 2**4096], ids=["array", "text", "integer"]
)
def test_what_is_too_large_is_not_sent(value):
    with pytest.raises(wire.TooLarge):
        wire.send(socket.socketpair()[0], 1, value)


ARRAY = {"is": "array", "dtype": "<f8", "shape": [2], "at": 0}


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!II", 2**32 - 1, 0),
        struct.pack("!II", 4, 2**31) + b"[1,2",
        frame(b"not json"),
        frame(b"[" * 10**5),
        frame(b"\xff\xfe"),
        frame(b"[1, 1e999999]")[:-1] + b"}",
        frame([1]),
        frame({"a": 1}),
        frame(["1", None]),
        frame([1.5, None]),
        frame([True, None]),
        frame([1, {"is": "pickle", "data": "x"}]),
        frame([1, {"no": "kind"}]),
        frame([1, {"is": "int", "hex": "0x" + "f" * 10**5}]),
        frame([1, {"is": "dict", "items": [[[1], 2]]}]),
        frame([1, ARRAY | {"dtype": "|O"}], bytes(16)),
        frame([1, ARRAY | {"dtype": "f8, f8"}], bytes(16)),
        frame([1, ARRAY | {"dtype": "<M8[s]"}], bytes(16)),
        frame([1, ARRAY | {"shape": [10**11]}], bytes(16)),
        frame([1, ARRAY | {"shape": [-1]}], bytes(16)),
        frame([1, ARRAY | {"shape": [1] * 40}], bytes(16)),
        frame([1, ARRAY | {"shape": [2**40, 2**40, 0, 2**62]}], bytes(16)),
        frame([1, ARRAY | {"at": 8}], bytes(16)),
        frame([1, ARRAY | {"at": -8}], bytes(16)),
        frame([1, ARRAY | {"dtype": "<U0"}], bytes(16)),
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(wire.BadFrame):
        received(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_frame_a_bad_frame_or_an_early_end(tail):
    for data in tail, frame(tail), frame([1, ARRAY], tail):
        with contextlib.suppress(wire.BadFrame, EOFError):
            assert type(received(data)[0]) is int


def test_a_byte_now_and_then_keeps_nobody_waiting():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stop = threading.Event()

        def drip():
            while not stop.wait(0.02):
                ours.send(b"\0")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            with pytest.raises(TimeoutError):
                theirs.settimeout(None)
                ours.send(struct.pack("!II", 10**6, 0))
                wire.receive(theirs, time.monotonic() + 0.3)
        finally:
            stop.set()
            dripping.join()
