"""What Keras reads when it is imported: compute with torch, on the CPU; keep settings in a folder that goes away."""

import os
import tempfile

_FOLDER = tempfile.TemporaryDirectory(prefix="keras-")
os.environ["KERAS_BACKEND"] = "torch"
os.environ["KERAS_TORCH_DEVICE"] = "cpu"
os.environ["KERAS_HOME"] = _FOLDER.name
