"""The errors that nnlab raises: each says what was wrong, what was expected, and what to do next.

They derive from `NnlabError`, and from the builtin that a caller would catch without knowing nnlab.
"""


class NnlabError(Exception):
    """What every error of nnlab is."""


class UnavailableDevice(NnlabError, ValueError):
    """A device was asked for that this machine does not have."""


class UnknownDataset(NnlabError, LookupError):
    """No data set has this name."""


class DatasetUnavailable(NnlabError, OSError):
    """The data set exists, but its files are not here and could not be fetched."""


class UnfittedModel(NnlabError, ValueError):
    """A scikit-learn model that has not seen `fit` has no weights to use."""


class NoLinearChain(NnlabError, TypeError):
    """The model has no chain of linear layers, so it cannot be drawn as an MLP."""


class UntraceableModule(NnlabError, TypeError):
    """The module's forward pass cannot be followed without numbers, so it cannot be drawn as a diagram."""


class BadData(NnlabError, ValueError):
    """The numbers given cannot be used: NaN, infinity, or shapes that do not fit each other."""


class TooFewSamples(BadData):
    """A figure was asked for that so few samples do not give."""


class NoFigure(NnlabError, LookupError):
    """A figure was to be shown, and there is none."""


class DamagedCheckpoint(NnlabError, ValueError):
    """A checkpoint file cannot be read, or belongs to another model."""


class WeightsUnavailable(NnlabError, OSError):
    """The weights of a pretrained network are not on this machine."""


class UnknownExercise(NnlabError, LookupError):
    """No exercise has this number."""


class BadForm(NnlabError, ValueError):
    """A form cannot be read: it is no YAML, or no form of this kind."""


class FalseClaim(NnlabError, AssertionError):
    """A sentence of the book says what its chapter's own results deny."""


class ChapterError(NnlabError, ValueError):
    """A chapter's source file cannot be used as it stands."""


class ExecutionFailed(NnlabError, RuntimeError):
    """A cell of a chapter raised an error while the chapter was executed."""


class BuildError(NnlabError, RuntimeError):
    """The site could not be built."""


class GradeError(NnlabError):
    """Grading cannot begin or go on: the submissions, the box or the exercises themselves are at fault."""
