"""The book's Sphinx extension: what the site has beyond Jupyter Book. `_config.yml` enables it.

`figures` and `config` are used by the build and the release too, so Sphinx is imported only in `setup`.
"""

from typing import Any


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    from nnlab.course.site import header, lean, live, pictures, quiz, style

    for part in lean, style, header, pictures, quiz, live:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
