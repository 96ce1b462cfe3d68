"""Model cards and data sheets say what was stated, and name what was not."""

import pandas as pd
import pytest
import torch
from torch import nn

from nnlab import cards, data
from nnlab.errors import BadData, UnknownDataset


def test_every_section_of_a_model_card_stands_in_the_order_of_the_paper():
    text = str(cards.model_card("M"))
    headings = ["Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data"]
    headings += ["Quantitative analyses", "Ethical considerations", "Caveats and recommendations"]
    places = [text.index(f"**{heading}**") for heading in headings]
    assert places == sorted(places)


def test_what_was_not_stated_is_printed_as_such_and_listed():
    card = cards.model_card("M", details="A net.", metrics="  \n")
    assert "Metrics" in card.missing and "Model details" not in card.missing
    assert str(card).count(cards.NOT_STATED) == len(card.missing) == 8


def test_a_full_card_has_no_gap():
    names = ("details", "intended_use", "factors", "metrics", "evaluation_data", "training_data")
    card = cards.model_card("M", **{n: f"text of {n}" for n in (*names, "results", "ethics", "caveats")})
    assert card.missing == [] and cards.NOT_STATED not in str(card)
    assert all(f"text of {name}" in str(card) for name in names)


def test_lists_mappings_and_frames_become_markdown():
    frame = pd.DataFrame({"right": [0.91234, 0.5], "cases": [7, 12]}, index=pd.Index(["young", "old"], name="group"))
    card = cards.model_card("M", details={"kind": "net", "parameters": 3}, factors=["age", "branch"], results=frame)
    assert card.sections["Model details"] == "- kind: net\n- parameters: 3"
    assert card.sections["Factors"] == "- age\n- branch"
    rows = card.sections["Quantitative analyses"].splitlines()
    assert rows == ["- young: right 0.912, cases 7", "- old: right 0.500, cases 12"]


@pytest.mark.parametrize("content", [3, ["text", 3], None])
def test_another_kind_of_content_is_told_with_its_section(content):
    with pytest.raises(BadData, match="Factors"):
        cards.model_card("M", factors=content)


@pytest.mark.parametrize("title", ["", "  ", None])
def test_a_card_needs_a_title(title):
    with pytest.raises(BadData, match="title"):
        cards.model_card(title)


@pytest.mark.parametrize("name", data.names())
def test_every_set_of_the_course_has_a_data_sheet_with_what_the_catalogue_knows(name):
    known, text = data.describe(name), str(cards.data_sheet(name))
    for fact in (known.title, known.shape, known.origin, known.licence, known.citation, known.notes, known.changes):
        assert fact in text
    assert all(f"`{column}`: {meaning}" in text for column, meaning in known.columns.items())


def test_a_data_sheet_takes_what_the_catalogue_does_not_say():
    sheet = cards.data_sheet("german_credit", motivation="To teach.", uses=["Teaching", "no lending"])
    assert sheet.missing == ["Maintenance"]
    assert "- no lending" in sheet.sections["Uses"]
    more = cards.data_sheet("german_credit", collection="From a branch.").sections["Collection process"]
    assert "From a branch." in more and data.describe("german_credit").origin in more


def test_an_unknown_set_is_told():
    with pytest.raises(UnknownDataset):
        cards.data_sheet("no such set")


def test_the_facts_of_a_network_name_its_weights():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU())
    told = cards.facts(net)
    assert told["parameters"] == 3 * 4 + 4 + 8 and told["layers"] == "Linear, BatchNorm1d, ReLU"
    assert cards.facts(net) == told
    with torch.no_grad():
        net[1].running_mean[0] += 1e-3  # no parameter, and yet the network answers differently
    changed = cards.facts(net)
    assert changed.pop("SHA-256 of the weights") != told.pop("SHA-256 of the weights")
    assert changed == told


def test_a_notebook_shows_the_markdown():
    card = cards.model_card("M")
    assert card._repr_markdown_() == str(card)
