"""How a type is found: a built-in name, the entry-point group `palm_ual.agent_types`, or `module:Class`."""

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Sequence

from msgspec import Struct

from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import AgentType
from palm_ual.errors import InvalidValue, PalmError, TypeUnavailable
from palm_ual.model.nearest import did_you_mean

GROUP = "palm_ual.agent_types"
BUILT_IN = {
    "buyer": "palm_ual.agents.buyer:Buyer",
    "seller": "palm_ual.agents.seller:Seller",
    "arbiter": "palm_ual.agents.arbiter:Arbiter",
}
_SHORT_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}\Z")
_REFERENCE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*\Z", re.ASCII)


class FoundType(Struct, frozen=True):
    """A loaded type, how it was asked for, and the directory it came from if it is not installed."""

    ref: str
    type: type[AgentType[object]]
    directory: str | None = None

    @property
    def name(self) -> str:
        """Its short name."""
        return self.type.name


def find_type(ref: str, *, directories: Sequence[str] = ()) -> FoundType:
    """Load a type by name (any case) or by `module:Class`, looking in `directories` as well.

    Raises:
        InvalidValue: no such name, with the known ones and the nearest match.
        TypeUnavailable: it is known and does not load, with the reason.
    """
    if ":" in ref:
        return _load_reference(ref, ref, directories)
    name = ref.lower()
    if name in BUILT_IN:
        return _load_reference(name, BUILT_IN[name], ())
    registered = registered_types()
    if name in registered:
        return _load_reference(name, registered[name], ())
    known = sorted({*BUILT_IN, *registered})
    error = InvalidValue(
        f'there is no agent type "{ref}"',
        hint=f"the types are {', '.join(known)}; a type of your own is written 'module:Class'",
        word=ref,
    )
    error.note = did_you_mean(name, known)
    raise error


def registered_types() -> dict[str, str]:
    """Installed types by name: the entry points of the group, `module:Class` each."""
    from importlib.metadata import entry_points

    return {point.name.lower(): point.value for point in entry_points(group=GROUP)}


def _load_reference(ref: str, target: str, directories: Sequence[str]) -> FoundType:
    if not _REFERENCE.match(target):
        raise InvalidValue(f"\"{target}\" is not a type: write it as 'package.module:Class'", word=ref)
    module_name, _, class_name = target.partition(":")
    directory = _provide_module(module_name, directories)
    try:
        found: object = importlib.import_module(module_name)
        for part in class_name.split("."):
            found = getattr(found, part)
    except PalmError:
        raise
    except (Exception, SystemExit, GeneratorExit) as error:  # a user's module may raise anything
        raise TypeUnavailable(
            f"agent type '{target}' does not load: {type(error).__name__}: {error}",
            hint=f"looked among the installed modules and in {', '.join(directories) or 'no directory'}",
            word=ref,
        ) from error
    _require_nearest(module_name.partition(".")[0], directories, ref)
    return FoundType(ref, _checked(found, target, ref), directory)


def _require_nearest(top: str, directories: Sequence[str], ref: str) -> None:
    """A process has one module of a name: refuse to run another one than the file that was meant."""
    loaded = os.path.realpath(getattr(sys.modules[top], "__file__", None) or "")
    for path in directories:
        for file in (os.path.join(path, f"{top}.py"), os.path.join(path, top, "__init__.py")):
            if not os.path.exists(file):
                continue
            if os.path.realpath(file) != loaded:
                raise TypeUnavailable(
                    f"'{ref}' means {file}, but a module {top} is loaded from {loaded or 'elsewhere'}",
                    hint="give one of the two another name",
                    word=ref,
                )
            return


def _provide_module(module_name: str, directories: Sequence[str]) -> str | None:
    """Put the first directory that holds the module on the path; None if it is installed already."""
    top = module_name.partition(".")[0]
    try:
        if top in sys.modules or importlib.util.find_spec(top) is not None:
            return next((path for path in directories if path in sys.path), None)
    except (ImportError, ValueError):
        return None
    for path in directories:
        sys.path.append(path)
        importlib.invalidate_caches()
        if importlib.util.find_spec(top) is not None:
            return path
        sys.path.remove(path)
    return None


def _checked(found: object, target: str, ref: str) -> type[AgentType[object]]:
    if not (isinstance(found, type) and issubclass(found, AgentType)):
        raise TypeUnavailable(
            f"'{target}' is not an AgentType", word=ref, hint="see palm_ual.agents.contract"
        )
    name = getattr(found, "name", "")
    if not isinstance(name, str) or not _SHORT_NAME.match(name):
        raise TypeUnavailable(
            f"'{target}' needs a short `name` of lower-case letters, digits and _", word=ref
        )
    schema = getattr(found, "Config", None)
    if not (isinstance(schema, type) and issubclass(schema, AgentConfig)):
        raise TypeUnavailable(f"'{target}' needs a `Config` that is an AgentConfig", word=ref)
    if not hasattr(found, "State") and found.restore is AgentType.restore:
        raise TypeUnavailable(
            f"'{target}' needs a `State`, or a `restore` of its own: agents are put away and taken up again",
            word=ref,
        )
    if not getattr(found, "summary", ""):
        raise TypeUnavailable(f"'{target}' needs a one-line `summary`", word=ref)
    return found
