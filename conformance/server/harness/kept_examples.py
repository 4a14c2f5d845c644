"""Examples of generated checks, kept for the next run: only those of a case that came to its end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase


class KeptExamples(ExampleDatabase):
    """A folder of examples, which learns of a case's examples when the case has ended.

    A case that is broken off would else begin with what it found the first time, once its run is taken up again, and
    the report would not be that of an undisturbed run.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = DirectoryBasedExampleDatabase(folder)
        self._found: dict[tuple[bytes, bytes], bool] = {}
        """Key and value, and whether the example is to be kept."""

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """What is kept under the key, as the present case knows it."""
        kept = set(self._folder.fetch(key)) | {value for one, value in self._found if one == key}
        return (value for value in sorted(kept) if self._found.get((key, value), True))

    def save(self, key: bytes, value: bytes) -> None:
        self._found[key, value] = True

    def delete(self, key: bytes, value: bytes) -> None:
        self._found[key, value] = False

    def settle(self, *, judged: bool) -> None:
        """Keep what the case found that has ended, and let go of what it did not, if it was judged."""
        for (key, value), kept in self._found.items() if judged else ():
            (self._folder.save if kept else self._folder.delete)(key, value)
        self._found.clear()
