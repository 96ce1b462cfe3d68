"""A fundamental rights impact assessment (FRIA) as data: read the form, list what is missing, show it as a page.

The form has one part for each of the items (a) to (f) of Article 27(1) of Regulation (EU) 2024/1689, a part that says
whether Article 27 applies at all, and the evidence that the harms point to. It is a form of this course: the official
questionnaire is the one of Article 27(5).

    form = fria.load("my_form.yaml")
    for gap in fria.check(form):
        print(gap)
    fria.show(form)

That nothing is missing does not make a form true, and this is not legal advice.
"""

from nnlab.fria.form import example, load
from nnlab.fria.page import page, show
from nnlab.fria.rules import Gap, check

__all__ = ["Gap", "check", "example", "load", "page", "show"]
