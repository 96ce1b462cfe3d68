"""Whatever a box replies, the judge comes to a verdict, soon, and never that it is right."""

import faulthandler

import numpy as np
import pytest

from nnlab.exercises import core
from nnlab.exercises.box import Raised

EXERCISES = [e for number in core.chapters() for e in core.of_chapter(number)]
REPLIES = [
    10**1000,
    -(10**1000),
    float("nan"),
    float("-inf"),
    complex("nan+1j"),
    ...,
    "x" * 10**4,
    [[[[]]]],
    [10**1000] * 3,
    [[1, [2.0, "a"]], {}],
    [0] * 10**4,
    {"a": {"b": [1]}, 2: None},
    np.zeros((0, 3)),
    np.full((30, 1000), np.nan),
    np.array(["a", "b"]),
    np.array(2**64 - 1, dtype=np.uint64),
    np.zeros((1,) * 12),
    Raised("E" * 200, "x" * 2000),
]


class Says:
    """A box that gives one reply to everything."""

    def __init__(self, reply):
        self.reply = reply

    def state(self, name):
        return "there"

    def value(self, path):
        return self.reply

    def call(self, path, args, kwargs):
        return self.reply

    layers = value


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_a_strange_reply_is_wrong_and_told_in_few_words(exercise):
    faulthandler.dump_traceback_later(60, exit=True)  # a judge that hangs would hang the tests
    try:
        for reply in REPLIES:
            for said in reply, [reply] * 2:
                verdict = exercise.judge(Says(said), 1)
                assert verdict.status == "wrong" or (said is ... and verdict.status == "not attempted"), reply
                assert len(verdict.message) < 5000
    finally:
        faulthandler.cancel_dump_traceback_later()
