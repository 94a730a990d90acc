"""The home: the directory that holds the fleet's state. Where it is, and whether it can be trusted.

Paths are plain `str`: importing `pathlib` costs half of an interpreter's start, and every command pays it.
"""

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from palm_ual.errors import HomeError, UsageError

STATE_FILE = "state.db"
WATERMARK_FILE = "watermark"

Mounts: TypeAlias = Callable[[], Iterable[tuple[int, str]]]
"""Gives the device number and the file system type of everything mounted."""

NETWORK_FILE_SYSTEMS = frozenset(
    [
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.ceph",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    ]
)
"""Locks and shared writes cannot be relied on there: a journal on one is corrupted by its second user."""

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def resolve_home(explicit: str | None, environ: Mapping[str, str]) -> str:
    """Absolute path of the home: `--home`, else `UAL_HOME`, else below `XDG_STATE_HOME` or `~/.local/state`.

    A relative `XDG_STATE_HOME` is not used, as its specification asks.

    Raises:
        UsageError: a value that is set and cannot be meant, as an empty one.
    """
    for source, value in (("--home", explicit), ("UAL_HOME", environ.get("UAL_HOME"))):
        if value is not None:
            return os.path.abspath(_under_user(_checked(source, value), environ))
    state = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state):
        state = _under_user("~/.local/state", environ)
    return os.path.join(_checked("XDG_STATE_HOME", state), "palm-ual")


def _checked(source: str, value: str) -> str:
    if not value.strip():
        raise UsageError(
            f"{source} is set and empty",
            hint=f"give {source} a directory, or leave it out for the default one",
        )
    if any(ord(char) < 32 or 127 <= ord(char) < 160 for char in value):
        raise UsageError(f"{source} holds a control character")
    if value.lower().startswith(("file:", ":memory:")):
        raise UsageError(
            f"{source} must be a directory, not a database address",
            hint="a fleet that is kept nowhere: --ephemeral",
            word=value,
        )
    return value


def _under_user(path: str, environ: Mapping[str, str]) -> str:
    """A leading `~` is the user's directory: a shell leaves it in `--home=~/x`."""
    if path != "~" and not path.startswith("~/"):
        return path
    user = environ.get("HOME", "")
    if not os.path.isabs(user):
        raise UsageError("there is no home directory to keep a fleet in", hint="give one: --home DIRECTORY")
    return user + path[1:]


def mounted() -> list[tuple[int, str]]:
    """What this system has mounted; nothing where there is no `/proc`."""
    table = []
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                fields = line.split()
                major, _, minor = fields[2].partition(":")
                table.append((os.makedev(int(major), int(minor)), fields[fields.index("-", 6) + 1]))
    except (OSError, ValueError, IndexError):
        return table
    return table


def prepare_home(home: str, *, mounts: Mounts = mounted) -> None:
    """See to it that `home` is a directory of ours that nobody else can write, creating it 0700 if need be.

    Raises:
        HomeError: it is not, with the command that puts it right.
    """
    _refuse_planted_links(home)
    try:
        _create(home)
        found = os.stat(home)
    except OSError as error:
        raise io_failure("open", home, error) from error
    if not stat.S_ISDIR(found.st_mode):
        raise HomeError(
            f"{home} is a file, and a home is a directory", hint="give another one: --home DIRECTORY"
        )
    _refuse_shared(home, found, "the home")
    for device, kind in mounts():
        if device == found.st_dev and kind in NETWORK_FILE_SYSTEMS:
            raise HomeError(
                f"{home} is on a network file system ({kind}), where locks cannot keep a second process out",
                hint="keep the home on a disk of this machine: --home DIRECTORY",
            )


def find_state_file(home: str) -> os.stat_result | None:
    """The state file if it is there and can be trusted, as ssh treats its keys.

    Raises:
        HomeError: a link, not a regular file, or somebody else's or writable for others.
    """
    path = os.path.join(home, STATE_FILE)
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise io_failure("open", path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise HomeError(
            f"{path} is not a regular file", hint=f"move it away: mv {_quoted(path)} {_quoted(path)}.old"
        )
    if found.st_nlink != 1:
        raise HomeError(
            f"{path} has {found.st_nlink} names (hard links); written through one, it is damaged through another",
            hint=f"make it one file again: cp -p {_quoted(path)} {_quoted(path)}.new && "
            f"mv {_quoted(path)}.new {_quoted(path)}",
        )
    _refuse_shared(path, found, "the state file")
    if not found.st_mode & stat.S_IWUSR or not found.st_mode & stat.S_IRUSR:
        raise HomeError(f"{path} is read-only or unreadable", hint=f"chmod 600 {_quoted(path)}")
    return found


def create_private(path: str) -> int:
    """Descriptor of a file of ours, created 0600 whatever the umask; links are not followed."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        try:
            fd = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
            os.fchmod(fd, 0o600)
        except FileExistsError:
            fd = os.open(path, flags)
    except OSError as error:
        raise io_failure("open", path, error) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise HomeError(
            f"{path} is not a regular file", hint=f"move it away: mv {_quoted(path)} {_quoted(path)}.old"
        )
    return fd


def io_failure(action: str, path: str, error: OSError) -> HomeError:
    """What the system said, with the path it is about."""
    return HomeError(f"cannot {action} {path}: {error.strerror or error}")


def _create(home: str) -> None:
    """Make the directory and those above it, each 0700, and have the new name on disk."""
    if os.path.isdir(home) or os.path.lexists(home):
        return
    parent = os.path.dirname(home)
    _create(parent)
    try:
        os.mkdir(home, 0o700)
    except FileExistsError:
        return  # another starter was quicker
    os.chmod(home, 0o700)
    fd = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _refuse_planted_links(home: str) -> None:
    """A link in a directory that all may write can be anybody's, and lead anywhere."""
    path = home
    while path != (parent := os.path.dirname(path)):
        try:
            if os.path.islink(path) and os.stat(parent).st_mode & stat.S_IWOTH:
                raise HomeError(
                    f"{path} is a symbolic link in a directory that everybody may write",
                    hint="give the directory it should lead to: --home DIRECTORY",
                )
        except OSError as error:
            raise io_failure("open", path, error) from error
        path = parent


def _refuse_shared(path: str, found: os.stat_result, what: str) -> None:
    if found.st_uid != os.geteuid():
        raise HomeError(
            f"{what} {path} belongs to another user (uid {found.st_uid})",
            hint=f"use one of your own: --home DIRECTORY, or take it over: sudo chown -R {os.geteuid()} {_quoted(path)}",
        )
    if found.st_mode & _OTHERS_MAY_WRITE:
        mode = stat.S_IMODE(found.st_mode)
        raise HomeError(
            f"{what} {path} can be written by others (mode {mode:04o})", hint=f"chmod go-w {_quoted(path)}"
        )


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)
