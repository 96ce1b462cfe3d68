"""Model cards and data sheets, as Markdown: what a model or a data set is for, how it was measured, what is not known.

The headings are those of Mitchell et al., Model cards for model reporting (2019), and of Gebru et al., Datasheets for
datasets (2021). A section about which nothing was stated is printed as such: a reader can see a gap that is named.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from nnlab.errors import BadData

if TYPE_CHECKING:
    import pandas as pd
    from torch import nn

Content: TypeAlias = "str | Mapping[str, Any] | Sequence[str] | pd.DataFrame"
NOT_STATED = "*Not stated.*"


@dataclass(frozen=True)
class Card:
    """A title, and its sections in order: heading to Markdown, "" where nothing was stated.

    `str` of it is Markdown, and a notebook shows it so.
    """

    title: str
    sections: Mapping[str, str]

    @property
    def missing(self) -> list[str]:
        """The headings under which nothing was stated."""
        return [heading for heading, text in self.sections.items() if not text]

    def __str__(self) -> str:
        parts = [f"**{heading}**\n\n{text or NOT_STATED}" for heading, text in self.sections.items()]
        return "\n\n".join([f"**{self.title}**", *parts]) + "\n"

    def _repr_markdown_(self) -> str:
        return str(self)


def model_card(
    title: str,
    *,
    details: Content = "",
    intended_use: Content = "",
    factors: Content = "",
    metrics: Content = "",
    evaluation_data: Content = "",
    training_data: Content = "",
    results: Content = "",
    ethics: Content = "",
    caveats: Content = "",
) -> Card:
    """A model card with the nine sections of Mitchell et al. (2019).

    Args:
        title: the model's name.
        details: who made it, when, and what it is; `facts` gives a part of that.
        intended_use: what it is for, and what it must not be used for.
        factors: groups, instruments and circumstances that may change how well it does.
        metrics: what was measured, the threshold, and how the error of each figure was estimated.
        evaluation_data, training_data: which data, and why; `data_sheet` says more.
        results: the figures, also for each group of `factors`.
        ethics: who may be harmed, and what was done about it.
        caveats: what else a user must know.

    Each is text, a mapping (a list of "name: value"), a sequence of texts, or a data frame (a list of its rows).

    Raises:
        BadData: the title is empty, or a section is of another kind.

    >>> card = model_card("A line", details={"parameters": 2}, intended_use="Teaching.")
    >>> print(str(card).partition("**Factors**")[0])
    **Model card: A line**
    <BLANKLINE>
    **Model details**
    <BLANKLINE>
    - parameters: 2
    <BLANKLINE>
    **Intended use**
    <BLANKLINE>
    Teaching.
    <BLANKLINE>
    >>> card.missing[0], len(card.missing)
    ('Factors', 7)
    """
    return _card(
        f"Model card: {_title(title)}",
        {
            "Model details": details,
            "Intended use": intended_use,
            "Factors": factors,
            "Metrics": metrics,
            "Evaluation data": evaluation_data,
            "Training data": training_data,
            "Quantitative analyses": results,
            "Ethical considerations": ethics,
            "Caveats and recommendations": caveats,
        },
    )


def data_sheet(
    name: str,
    *,
    motivation: Content = "",
    collection: Content = "",
    uses: Content = "",
    maintenance: Content = "",
) -> Card:
    """The data sheet of a set of the course, with the seven sections of Gebru et al. (2021).

    Composition, preprocessing, distribution and the origin are filled with what `nnlab.data.describe` knows. The
    arguments add what the catalogue does not say; what nobody says stays "Not stated".

    Raises:
        UnknownDataset: no set has this name; the message lists the names.
        BadData: an argument is of a kind that cannot be shown.

    >>> data_sheet("german_credit").missing
    ['Motivation', 'Uses', 'Maintenance']
    """
    from nnlab.data import describe

    known = describe(name)
    columns = "\n".join(f"- `{column}`: {meaning}" for column, meaning in known.columns.items())
    classes = f"Labels: {', '.join(known.classes)}" if known.classes else ""
    source = f"Origin: {known.origin} Authors: {known.authors}."
    shared = {"licence": known.licence, "citation": known.citation, "carrier": known.carrier}
    if known.sha256:
        shared["SHA-256 of the file"] = f"`{known.sha256}`"
    return _card(
        f"Data sheet: {known.title}",
        {
            "Motivation": motivation,
            "Composition": "\n\n".join(filter(None, [f"{known.shape}.", columns, classes, known.notes])),
            "Collection process": "\n\n".join(filter(None, [source, _markdown("Collection process", collection)])),
            "Preprocessing, cleaning, labelling": known.changes,
            "Uses": uses,
            "Distribution": shared,
            "Maintenance": maintenance,
        },
    )


def facts(model: "nn.Module") -> dict[str, str | int]:
    """What can be read from a network itself: its class, layers, parameters, and the hash of its weights.

    The hash is SHA-256 over the names, dtypes, shapes and bytes of the state, so that a card names one set of weights.
    It stands in four groups, which fit on a narrow page.

    >>> from torch import nn
    >>> facts(nn.Linear(2, 1))["parameters"]
    3
    """
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        array = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {array.dtype} {tuple(array.shape)}".encode())
        digest.update(array.flatten().numpy().tobytes())
    leaves = [type(m).__name__ for m in model.modules() if not list(m.children())]
    return {
        "class": type(model).__name__,
        "layers": ", ".join(leaves),
        "parameters": sum(p.numel() for p in model.parameters()),
        "SHA-256 of the weights": " ".join(re.findall(".{16}", digest.hexdigest())),
    }


def _title(title: str) -> str:
    if not isinstance(title, str) or not title.strip():
        raise BadData(f"the title is {title!r}; expected the model's name")
    return title.strip()


def _card(title: str, sections: Mapping[str, Content]) -> Card:
    return Card(title, {heading: _markdown(heading, content) for heading, content in sections.items()})


def _markdown(heading: str, content: Content) -> str:
    """One section's content as Markdown."""
    if isinstance(content, str):
        return content.strip()
    if hasattr(content, "columns") and hasattr(content, "itertuples"):
        return _rows(content)
    if isinstance(content, Mapping):
        return "\n".join(f"- {name}: {value}" for name, value in content.items())
    if isinstance(content, Sequence) and all(isinstance(line, str) for line in content):
        return "\n".join(f"- {line}" for line in content)
    raise BadData(
        f"{heading!r} is a {type(content).__name__}; expected text, a mapping, a sequence of texts or a data frame"
    )


def _rows(frame: Any) -> str:
    """A data frame as a list of its rows, which reads well on any width; numbers with a fraction get three decimals."""

    def cell(value: Any) -> str:
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    named = [(row[0], zip(frame.columns, row[1:], strict=True)) for row in frame.itertuples()]
    return "\n".join(f"- {name}: {', '.join(f'{column} {cell(v)}' for column, v in values)}" for name, values in named)
