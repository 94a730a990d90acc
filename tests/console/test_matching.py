"""Which names a typed word means, and how well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.console.completion.matching import hits, searchable

FLEET = ("trading-fleet-v1", "fleet-of-traders", "shop", "Trading-Fleet-v12", "tiny.fleet_v2", "x")


def meant(word: str, limit: int = 100) -> list[tuple[int, str]]:
    return [(hit.way, FLEET[hit.index]) for hit in hits(searchable(FLEET), word, limit)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("sh", [(0, "shop")]),
        ("TRAD", [(0, "trading-fleet-v1"), (0, "Trading-Fleet-v12"), (1, "fleet-of-traders")]),
        (
            "fl",
            [
                (0, "fleet-of-traders"),
                (1, "trading-fleet-v1"),
                (1, "Trading-Fleet-v12"),
                (1, "tiny.fleet_v2"),
            ],
        ),
        ("tfv1", [(1, "trading-fleet-v1"), (1, "Trading-Fleet-v12")]),
        ("trfl", [(1, "trading-fleet-v1"), (1, "Trading-Fleet-v12")]),
        ("v2", [(1, "tiny.fleet_v2")]),
        ("2", [(1, "tiny.fleet_v2")]),
        ("tf1", [(1, "trading-fleet-v1"), (1, "Trading-Fleet-v12")]),
        ("hp", []),
        ("hop", [(2, "shop")]),
        ("tdn", [(2, "trading-fleet-v1"), (2, "Trading-Fleet-v12")]),
        ("zzz", []),
        ("\n", []),
        (".*", []),
        ("[", []),
    ],
)
def test_a_word_means_names_in_three_ways(word: str, expected: list[tuple[int, str]]) -> None:
    assert meant(word) == expected


def test_without_a_word_the_first_names_come_in_their_order() -> None:
    assert meant("", 2) == [(0, "trading-fleet-v1"), (0, "fleet-of-traders")]


def test_no_more_are_found_than_asked_for() -> None:
    assert len(meant("f", 3)) == 3
    assert meant("f", 1) == [(0, "fleet-of-traders")]
    assert meant("f", 0) == []


def test_a_looser_way_is_tried_only_where_a_tighter_one_found_few() -> None:
    many = searchable([f"abc{n}" for n in range(10)] + ["x-abc"])
    assert {hit.way for hit in hits(many, "abc", 100)} == {0}
    few = searchable([f"abc{n}" for n in range(9)] + ["x-abc"])
    assert {hit.way for hit in hits(few, "abc", 100)} == {0, 1}


def test_a_name_of_many_like_parts_takes_no_longer() -> None:
    alike = searchable(["a-" * 31 + "b"] * 100)
    assert hits(alike, "a" * 16 + "c", 100) == []


names = st.from_regex(r"[a-zA-Z_]{1,4}([-.][a-z0-9]{1,4}){0,3}", fullmatch=True)


@given(st.lists(names, max_size=8), st.text("abtfv1-._", max_size=5))
def test_what_is_found_has_the_letters_of_the_word_in_their_order(known: list[str], word: str) -> None:
    found = hits(searchable(known), word, 100)
    assert found == sorted(found)
    assert len({hit.index for hit in found}) == len(found)
    for hit in found:
        letters = iter(known[hit.index].lower())
        assert all(letter in letters for letter in word)
    begun = {index for index, name in enumerate(known) if name.lower().startswith(word)}
    assert {hit.index for hit in found if hit.way == 0} == begun


@given(st.lists(names, min_size=1, max_size=8), st.data())
def test_a_name_is_found_by_the_first_letters_of_its_parts(known: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(known))
    word = "".join(part[0] for part in name.replace(".", "-").split("-"))
    assert known.index(name) in {known.index(known[hit.index]) for hit in hits(searchable(known), word, 100)}
