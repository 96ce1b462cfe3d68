"""MyST Markdown as CommonMark: what Jupyter, Colab and GitHub do not render becomes what they do.

Code, formulas and plain Markdown stay as they are, to the letter. What is not known is refused, with its line.
"""

from nnlab.course.myst.citations import Bibliography
from nnlab.course.myst.context import Context
from nnlab.course.myst.parser import citations, labels
from nnlab.course.myst.translate import to_commonmark

__all__ = ["Bibliography", "Context", "citations", "labels", "to_commonmark"]
