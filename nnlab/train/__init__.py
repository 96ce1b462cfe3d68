"""The training loop of the course: `fit`, and what it returns, `History`.

`loop.py` is the part to read: the loop over epochs and batches. Around it stand where the batches come from
(`batches.py`), what is measured (`measure.py`), who updates the weights (`updates.py`), when to stop (`stopping.py`),
and how a run survives being killed (`checkpoint.py`).
"""

from nnlab.train.history import History
from nnlab.train.loop import State, fit
from nnlab.train.stopping import EarlyStopping

__all__ = ["EarlyStopping", "History", "State", "fit"]
