import pytest
import torch
from torch import nn


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def points():
    """50 points of the plane and whether they lie in the right upper or left lower quadrant: [50, 2] and [50, 1]."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(50, 2, generator=generator)
    return x, (x[:, :1] * x[:, 1:] > 0).float()


@pytest.fixture
def network():
    """Makes the same small network at every call, and seeds torch by the way."""

    def make(*extra):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 8), *extra, nn.Tanh(), nn.Linear(8, 1))

    return make
