"""How a type is found, and what is said if it is not."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from palm_ual.agents.buyer import Buyer
from palm_ual.agents.finder import BUILT_IN, find_type, registered_types
from palm_ual.errors import InvalidValue, PalmError, TypeUnavailable


@pytest.fixture
def modules(tmp_path: Path) -> Iterator[Path]:
    """A directory for modules of a user's own, forgotten afterwards."""
    path, loaded = list(sys.path), set(sys.modules)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - loaded:
        del sys.modules[name]


@pytest.mark.parametrize("ref", ["buyer", "Buyer", "BUYER"])
def test_a_name_is_found_in_any_case(ref: str) -> None:
    found = find_type(ref)
    assert (found.type, found.name, found.ref, found.directory) == (Buyer, "buyer", "buyer", None)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_type_has_the_name_it_is_found_by(name: str) -> None:
    assert find_type(name).name == name


def test_an_installed_type_is_found_by_its_entry_point(
    modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = modules / "couriers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: couriers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[palm_ual.agent_types]\nCourier = tests.agents.samples:Courier\nbuyer = nowhere:Nothing\n"
    )
    monkeypatch.syspath_prepend(str(modules))
    assert registered_types()["courier"] == "tests.agents.samples:Courier"
    assert find_type("COURIER").type.summary == "carries parcels"
    assert find_type("buyer").type is Buyer


def test_a_reference_is_found_where_it_is_installed() -> None:
    found = find_type("tests.agents.samples:Courier")
    assert (found.name, found.ref) == ("courier", "tests.agents.samples:Courier")


def test_a_class_inside_a_class_is_found(modules: Path) -> None:
    (modules / "nested_types.py").write_text(
        "from tests.agents.samples import Courier\nclass Box:\n    class Inner(Courier):\n        name = 'inner'\n"
    )
    assert find_type("nested_types:Box.Inner", directories=[str(modules)]).name == "inner"


def test_a_module_of_the_users_directory_is_found_and_its_directory_is_kept(modules: Path) -> None:
    empty = modules / "empty"
    empty.mkdir()
    (modules / "own_types.py").write_text(
        "from tests.agents.samples import Courier\nclass Rider(Courier):\n    name = 'rider'\n"
    )
    found = find_type("own_types:Rider", directories=[str(empty), str(modules)])
    assert (found.name, found.directory) == ("rider", str(modules))
    assert str(empty) not in sys.path
    assert find_type("own_types:Rider", directories=[str(modules)]).directory == str(modules)


@pytest.mark.parametrize(
    ("ref", "error", "message", "note"),
    [
        ("byer", InvalidValue, 'there is no agent type "byer"', "did you mean buyer?"),
        ("zebra", InvalidValue, 'there is no agent type "zebra"', None),
        ("no-module:", InvalidValue, "is not a type: write it as 'package.module:Class'", None),
        ("a b:C", InvalidValue, "is not a type", None),
        (":Buyer", InvalidValue, "is not a type", None),
        ("os;os:path", InvalidValue, "is not a type", None),
        ("tests.agents.nowhere:X", TypeUnavailable, "does not load: ModuleNotFoundError", None),
        ("quite.nowhere:X", TypeUnavailable, "does not load: ModuleNotFoundError", None),
        ("tests.agents.samples:Missing", TypeUnavailable, "does not load: AttributeError", None),
        ("tests.agents.samples:NOT_A_TYPE", TypeUnavailable, "is not an AgentType", None),
        ("tests.agents.samples:Round", TypeUnavailable, "is not an AgentType", None),
        ("tests.agents.samples:Nameless", TypeUnavailable, "needs a short `name`", None),
        ("tests.agents.samples:Schemaless", TypeUnavailable, "needs a `Config`", None),
        ("tests.agents.samples:Speechless", TypeUnavailable, "needs a one-line `summary`", None),
    ],
)
def test_what_is_not_a_type_is_said_to_be_none(
    ref: str, error: type[PalmError], message: str, note: str | None
) -> None:
    with pytest.raises(error) as caught:
        find_type(ref)
    assert message in caught.value.message
    assert caught.value.note == note
    assert caught.value.word == ref


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ValueError('not today')", "ValueError: not today"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("class Type(:", "SyntaxError"),
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ],
)
def test_a_module_that_does_not_load_says_why(modules: Path, source: str, reason: str) -> None:
    (modules / "broken_types.py").write_text(source)
    with pytest.raises(TypeUnavailable) as caught:
        find_type("broken_types:Type", directories=[str(modules)])
    assert reason in caught.value.message
