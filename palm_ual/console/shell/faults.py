"""What is shown beside the typing may fail, and must not take the typing with it, nor a fleet that trades."""

import contextlib
import os
from collections.abc import Callable
from types import TracebackType

from palm_ual.lang.literals import shown


class Faults:
    """The first fault of each thing beside the typing is to be told; later ones are the same story.

    `known` says of an error that it is told elsewhere, as is why a fleet is over.
    """

    def __init__(self, known: Callable[[BaseException], bool] = lambda _: False) -> None:
        self._known = known
        self._seen: set[str] = set()
        self._untold: list[str] = []

    def of(self, what: str) -> "Border":
        """`with faults.of("the bar"):` - an exception leaves the block, and goes no further.

        What ends the program does, and so does what ends a task.
        """
        return Border(self, what)

    def keep(self, what: str, error: BaseException) -> None:
        """Something has failed; it is the first time that counts."""
        if what not in self._seen and not self._known(error):
            self._seen.add(what)
            self._untold.append(f"{what}: a fault of ual: {_in_words(error)}; the rest goes on")

    def take_notes(self) -> tuple[str, ...]:
        """What a person should know since last asked; to be said where it does not disturb the picture."""
        notes, self._untold = self._untold, []
        return tuple(notes)


class Border:
    """The one place of the shell that takes whatever is raised."""

    def __init__(self, faults: Faults, what: str) -> None:
        self._faults = faults
        self._what = what

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self._faults.keep(self._what, error)
        return True


def _in_words(error: BaseException) -> str:
    """What it is, and where it comes from: somebody is to mend it."""
    message = ""
    with contextlib.suppress(Exception):  # some cannot even say what they are
        message = shown(str(error))
    name = type(error).__name__ + (f": {message}" if message else "")
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return name
    return f"{name} ({os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno})"
