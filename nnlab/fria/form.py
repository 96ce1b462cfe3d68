"""Reading a form: YAML, from a file or from a text, and nothing that YAML would silently lose."""

from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from nnlab.errors import BadForm

Form = dict[str, Any]


def load(source: str | Path) -> Form:
    """The form in a YAML file (a `Path`, or a name that ends in .yaml or .yml) or in a YAML text.

    Raises:
        BadForm: it is no YAML, holds a name twice or an alias, or is not made of names with values.
        FileNotFoundError: there is no such file.
    """
    is_file = isinstance(source, Path) or (source.endswith((".yaml", ".yml")) and "\n" not in source)
    text = Path(source).read_text(encoding="utf-8") if is_file else str(source)
    try:
        form = yaml.load(text, _Strict)  # a SafeLoader: it makes plain data only
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a day 2026-02-31; a thousand brackets
        raise BadForm(f"this form cannot be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(form, dict):
        raise BadForm(f'a form is made of lines such as "processes: ..."; this is a {type(form).__name__}')
    return form


def example(name: str = "credit") -> Form:
    """A form of the book: "credit", worked out, for a bank's scores; "triage", which lacks (d), (e) and (f).

    >>> example()["about"]["annex_iii"]
    '5(b)'

    Raises:
        BadForm: the book has no form of this name.
    """
    folder = resources.files("nnlab.fria") / "forms"
    names = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    if name not in names:
        raise BadForm(f"there is no form {name!r}; there is {', '.join(names)}")
    return load((folder / f"{name}.yaml").read_text(encoding="utf-8"))


class _Strict(yaml.SafeLoader):
    """YAML would keep the last of two equal names, and an alias can make a small file huge: both are refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "a form has no aliases (*name)", self.peek_event().start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = [key.value for key, _ in node.value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"{twice!r} stands here twice", node.start_mark)
        return super().construct_mapping(node, deep)
