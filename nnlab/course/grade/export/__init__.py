"""Grades for other programs: a column of a Canvas gradebook, the database of nbgrader."""

from nnlab.course.grade.export.canvas import CanvasReport, to_canvas
from nnlab.course.grade.export.nbgrader import to_nbgrader

__all__ = ["CanvasReport", "to_canvas", "to_nbgrader"]
