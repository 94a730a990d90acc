"""Where the prompt's own files are, by the XDG base directory specification.

Only a person's prompt asks: a one-liner, a script and a pipe read and write none of these files.
"""

import os
import stat
from collections.abc import Mapping

from palm_ual.errors import FileFailed

_CONFIG, _STATE = ("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local/state")


def config_file(environ: Mapping[str, str]) -> str | None:
    """Where the config is, if there is one; None where no place for it is known."""
    return _below(environ, *_CONFIG, "config.toml")


def history_file(environ: Mapping[str, str]) -> str | None:
    """Where the history is kept; None where no place for it is known."""
    return _below(environ, *_STATE, "history")


def startup_file(environ: Mapping[str, str]) -> str | None:
    """The statements to run first; None where there are none. What is there may still be unreadable."""
    path = _below(environ, *_CONFIG, "startup.ual")
    return path if path is not None and os.path.lexists(path) else None


def check_startup_file(path: str) -> None:
    """What is run unasked must be a file, and nobody else's to write.

    Raises:
        FileFailed: it is not run.
    """
    try:
        file, directory = os.stat(path), os.stat(os.path.dirname(path))
    except OSError:
        return  # its reader says what is wrong
    if not stat.S_ISREG(file.st_mode):
        raise FileFailed(f'the start-up file "{path}" is not run: it is not a file')
    replaced = directory.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH
    if replaced or file.st_mode & stat.S_IWOTH:
        open_to_all = os.path.dirname(path) if replaced else path
        raise FileFailed(
            f'the start-up file "{path}" is not run: everybody may write it',
            hint=f"chmod o-w {open_to_all}",
        )


def _below(environ: Mapping[str, str], variable: str, fallback: str, name: str) -> str | None:
    """A relative directory is passed over, as the specification asks; no user's directory, no place."""
    base = environ.get(variable, "")
    if not os.path.isabs(base):
        user = environ.get("HOME", "")
        if not os.path.isabs(user):
            return None
        base = os.path.join(user, fallback)
    return os.path.join(base, "ual", name)
