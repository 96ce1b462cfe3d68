"""Pages that stand alone: no script, nothing loaded, light or dark as the reader's system is."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nnlab.course.grade.report.words import WORD, counted, mark


def page(template: str, **values: Any) -> str:
    """The page that a template of `templates/` makes of these values; every value is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from nnlab.plot import DARK, PALETTE

    environment = Environment(
        loader=PackageLoader("nnlab.course.grade.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(light=dict(PALETTE), dark=dict(DARK), word=WORD, mark=mark, counted=counted)
    return environment
