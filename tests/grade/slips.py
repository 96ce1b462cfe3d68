"""Slips as students' cells: the module that declares them, as a cell of its own, with a stand-in for its decorators."""

import re
from pathlib import Path

import nnlab.exercises

_STAND_IN = """
SLIPS = {}
class Declared:
    def __init__(self, id, reads):
        self.id, self.reads = id, (reads,) if isinstance(reads, str) else tuple(reads)
    def hints(self, *texts): pass
    def add(self, names): SLIPS.setdefault(self.id, []).append(names)
    def slip(self, sentence, *value, make=False, **named):
        def declare(function):
            def names():
                answer = function() if make else function
                return answer if len(self.reads) > 1 else {self.reads[0]: answer}
            self.add(names)
            return function
        if value or named:
            fixed = named or {self.reads[0]: value[0]}
            self.add(lambda: fixed)
        return declare
def exercise(id, title, *, reads, points=1):
    return lambda body: Declared(id, reads)
"""


def cells(chapter: str, exercise, number: int) -> list[str]:
    """Cells after which the names that this exercise reads are those of its slip of this number."""
    module = (Path(nnlab.exercises.__file__).parent / f"ch{chapter}.py").read_text(encoding="utf-8")
    module = re.sub(r"^from nnlab\.exercises\S* import (\([^)]*\)|.*)$", _without, module, flags=re.MULTILINE)
    taken = f"module = {{}}\nexec({_STAND_IN + module!r}, module)\ntaken = module['SLIPS'][{exercise.id!r}][{number}]()"
    return ["\n".join([taken, *(f"{name} = taken[{name!r}]" for name in exercise.reads)])]


def _without(imports: re.Match) -> str:
    """In place of what is imported from the package, which the box must not see, anything of that name."""
    names = set(re.findall(r"\w+(?=\s*(?:,|\)|$))", imports[1])) - {"exercise"}
    return "; ".join(f"{name} = object" for name in sorted(names))
