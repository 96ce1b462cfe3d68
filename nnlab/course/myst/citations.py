"""The works that the book cites, read from `book/references.bib`: as a citation, and as an entry of a list."""

from pathlib import Path

from pybtex.database import BibliographyData, Entry, Person, parse_file
from pybtex.plugin import find_plugin
from pybtex.richtext import Text

from nnlab.errors import ChapterError


class Bibliography:
    """The works of one .bib file.

    Raises:
        ChapterError: the file is there, and is not BibTeX.
    """

    def __init__(self, file: Path) -> None:
        self._name = file.name
        try:
            self._data = parse_file(str(file), bib_format="bibtex") if file.exists() else BibliographyData()
        except Exception as error:  # pybtex raises its own, and the decoder's
            raise ChapterError(f"{file.name} cannot be read as BibTeX: {error}") from error

    def names_and_year(self, key: str) -> tuple[str, str]:
        """The authors by family name and the year: ('Rumelhart et al.', '1986').

        Raises:
            ChapterError: no work has this key.
        """
        entry = self._entry(key)
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        names = [_family(person) for person in people] or [_plain(entry.fields.get("title", key))]
        shown = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        return shown, entry.fields.get("year", "n.d.")

    def address(self, key: str) -> str:
        """Where the work is found: its DOI's address, else its own, else ''."""
        fields = self._entry(key).fields
        doi = fields.get("doi", "").removeprefix("https://doi.org/")
        return f"https://doi.org/{doi}" if doi else fields.get("url", "")

    def entry(self, key: str) -> str:
        """The work as one line of a list of references, in Markdown."""
        style = find_plugin("pybtex.style.formatting", "unsrt")()
        # The address is appended as one link, in place of the several that the style writes.
        bare = [field for field in ("doi", "url", "eprint") if field in self._entry(key).fields]
        entry = Entry(self._entry(key).type, [(k, v) for k, v in self._entry(key).fields.items() if k not in bare])
        entry.persons = self._entry(key).persons
        (formatted,) = style.format_entries([_with_key(entry, key)])
        text = formatted.text.render(find_plugin("pybtex.backends", "plaintext")())
        for mark in "\\`*_$[]":
            text = text.replace(mark, f"\\{mark}")
        return f"{text} <{self.address(key)}>" if self.address(key) else text

    def _entry(self, key: str) -> Entry:
        if key not in self._data.entries:
            raise ChapterError(f"no work has the key `{key}` in {self._name}: add it, or mend the key")
        return self._data.entries[key]


def _with_key(entry: Entry, key: str) -> Entry:
    entry.key = key
    return entry


def _family(person: Person) -> str:
    return _plain(" ".join([*person.prelast_names, *person.last_names]))


def _plain(latex: str) -> str:
    return str(Text.from_latex(latex))
