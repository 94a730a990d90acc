"""Names of files, for SOURCE."""

import os
from itertools import islice

from msgspec import Struct

from palm_ual.model.limits import FILES_LISTED_MAX


class FileName(Struct, frozen=True):
    name: str
    is_directory: bool


def files_in(directory: str) -> tuple[FileName, ...]:
    """The files of a directory, named as in a statement (`~` is one's home): `.ual` first, then by name.

    None of one that cannot be read, and of a very large one only some.
    """
    try:
        with os.scandir(os.path.expanduser(directory) or ".") as entries:
            found = [
                FileName(entry.name, _is_directory(entry)) for entry in islice(entries, FILES_LISTED_MAX)
            ]
    except (OSError, ValueError):
        return ()
    seen = (file for file in found if file.name.isprintable())
    return tuple(sorted(seen, key=lambda file: (not file.name.endswith(".ual"), file.name)))


def _is_directory(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
