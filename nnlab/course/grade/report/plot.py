"""summary.svg: how each exercise was answered, as stacked bars."""

from collections.abc import Sequence

from nnlab.course.grade.report.tally import Tally, hardest

_PARTS = (("right", "blue"), ("wrong", "orange"), ("blank", "grey"), ("other", "purple"))  # colours of the palette
_LEGEND = {"blank": "not attempted"}
_LONGEST = 44  # characters of a title beside its bar


def bars(tallies: Sequence[Tally]) -> str:
    """The drawing as the text of an SVG: the same tallies, the same bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    from nnlab.plot import PALETTE, use_style
    from nnlab.plot.svg import to_svg

    with mpl.rc_context():  # what the caller has set comes back
        use_style()
        # A dollar in a title is a dollar. The light paper is said here: the book's build would leave it out.
        mpl.rcParams.update({"text.parse_math": False, "figure.facecolor": PALETTE["paper"]})
        figure = Figure(figsize=(7.2, 1.1 + 0.28 * max(len(tallies), 1)))
        axes = figure.subplots()
        left = [0] * len(tallies)
        for part, color in _PARTS:
            counts = [getattr(tally, part) for tally in tallies]
            label = _LEGEND.get(part, part)
            axes.barh(range(len(tallies)), counts, left=left, height=0.7, color=PALETTE[color], label=label)
            left = [a + b for a, b in zip(left, counts, strict=True)]
        axes.set_yticks(range(len(tallies)), [_label(tally) for tally in tallies])
        axes.set_ylim(max(len(tallies), 1) - 0.5, -0.5)  # the first exercise on top
        axes.set_xlim(0, max([1, *left]))
        axes.set_xlabel("submissions")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", visible=False)
        if tallies:
            figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=len(_PARTS))
        else:
            axes.set_axis_off()
            axes.text(0, 0, "Nothing has been graded yet.")
        return to_svg(figure, alt_text(tallies)) + "\n"


def alt_text(tallies: Sequence[Tally]) -> str:
    """What the bars show, for those who cannot see them."""
    if not tallies:
        return "No bars: nothing has been graded yet."
    worst = [f"{tally.id} ({tally.wrong} of {tally.total})" for tally in hardest(tallies) if tally.wrong][:3]
    told = f"Most wrong answers: {', '.join(worst)}." if worst else "No answer is wrong."
    return f"One bar an exercise, {len(tallies)} in all: how many are right, wrong, not attempted, other. {told}"


def _label(tally: Tally) -> str:
    text = f"{tally.id} {tally.title}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
