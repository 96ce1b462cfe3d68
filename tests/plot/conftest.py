import os

os.environ["MPLBACKEND"] = "agg"  # no window, and none for the processes that tests start

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from nnlab.plot import use_style


@pytest.fixture(autouse=True)
def _own_style():
    with mpl.rc_context():
        use_style()
        yield
    plt.close("all")
