"""The book's Sphinx extension: what the site has beyond Jupyter Book. `_config.yml` enables it.

`figures` and `config` are used by the build and the release too, so Sphinx is imported only in `setup`.
"""

import hashlib
from pathlib import Path
from typing import Any


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    from nnlab.course.site import header, lean, live, pictures, quiz, style

    for part in lean, style, header, pictures, quiz, live:
        part.setup(app)
    return {"env_version": _fingerprint(), "parallel_read_safe": True, "parallel_write_safe": True}


def _fingerprint() -> int:
    """Another number when this package changes: Sphinx then reads all pages again, and not only those that changed."""
    here = Path(__file__).parent
    files = [here.parent / "quiz.py", *sorted(here.rglob("*.py")), *sorted(here.rglob("*.html"))]
    return int(hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8], 16)
