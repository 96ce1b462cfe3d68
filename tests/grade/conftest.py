"""Notebooks as students hand them in, made from the book's own."""

import json
from pathlib import Path

import pytest

from nnlab.course.grade import assignment
from nnlab.course.grade.sandbox import Limits
from nnlab.course.grade.zygote import Zygote

ROOT = Path(__file__).parents[2]
PERCEPTRON = "04_perceptron"
# Short, so that what hangs is soon done with: three seconds a question.
LIMITS = Limits.of(18.0, 0.3)
OPTIONS = ["--limit", "18", "--memory", "0.3"]


def notebook(cells) -> bytes:
    """A notebook of these code cells, as Colab saves it: no ids, hardly any metadata."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": c} for c in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": made}).encode()


@pytest.fixture(scope="session")
def perceptron():
    """The assignment of chapter 04: quick, and with no need of torch."""
    return assignment.read(ROOT, PERCEPTRON)


@pytest.fixture(scope="session")
def zygote():
    with Zygote(LIMITS) as warm:
        yield warm
