"""A Trigger's filters let through what Knative's would, and what would let everything through unseen is refused."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knative.local.filters import check_attributes, check_filters, passes
from knative.mistake import Mistake

Filter = Mapping[str, Any]

# Few names and letters, so that filters and events often meet.
words = st.text("ab", min_size=1, max_size=3)
names = st.sampled_from(["type", "source", "subject", "ext"])
attributes = st.dictionaries(names, words | st.integers(0, 3) | st.booleans(), max_size=4)
simple = st.builds(
    lambda dialect, wanted: {dialect: wanted},
    st.sampled_from(["exact", "prefix", "suffix"]),
    st.dictionaries(names, words, min_size=1, max_size=2),
)
filters: st.SearchStrategy[Filter] = st.recursive(
    simple,
    lambda inner: (
        st.builds(lambda some: {"all": some}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda some: {"any": some}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda one: {"not": one}, inner)
    ),
    max_leaves=6,
)
lists = st.lists(filters, min_size=1, max_size=4)
EVENT = {
    "specversion": "1.0",
    "id": "7",
    "type": "org.uvote.box.changed.v1",
    "source": "/uvote/ballot",
    "subject": "spring",
    "number": 5,
    "flag": True,
}


def lets(one: Filter, event: Mapping[str, Any] = EVENT) -> bool:
    check_filters("t", [one])
    return passes([one], event)


@given(one=filters, event=attributes)
def test_not_turns_every_filter_round(one: Filter, event: Mapping[str, Any]) -> None:
    assert passes([{"not": one}], event) is not passes([one], event)


@given(some=lists, event=attributes)
def test_all_is_and_any_is_or_and_a_list_is_all(some: list[Filter], event: Mapping[str, Any]) -> None:
    each = [passes([one], event) for one in some]
    assert passes([{"all": some}], event) is (False not in each)
    assert passes([{"any": some}], event) is (True in each)
    assert passes(some, event) is (False not in each)


@given(some=lists, event=attributes)
def test_all_and_any_are_each_others_mirror(some: list[Filter], event: Mapping[str, Any]) -> None:
    mirrored = {"not": {"any": [{"not": one} for one in some]}}
    assert passes([{"all": some}], event) is passes([mirrored], event)


@given(wanted=st.dictionaries(names, words, min_size=1), event=attributes)
def test_several_names_in_one_map_are_one_map_each(wanted: dict[str, str], event: Mapping[str, Any]) -> None:
    for dialect in ("exact", "prefix", "suffix"):
        apart = [{dialect: {name: value}} for name, value in wanted.items()]
        assert passes([{dialect: wanted}], event) is passes(apart, event)


@given(name=names, value=words, event=attributes)
def test_what_is_exact_is_a_prefix_and_a_suffix_too(name: str, value: str, event: Mapping[str, Any]) -> None:
    if passes([{"exact": {name: value}}], event):
        assert passes([{"prefix": {name: value}}, {"suffix": {name: value}}], event)


@given(some=lists)
def test_filters_of_this_form_are_taken(some: list[Filter]) -> None:
    check_filters("t", some)


@pytest.mark.parametrize(
    ("one", "passed"),
    [
        ({"exact": {"type": "org.uvote.box.changed.v1"}}, True),
        ({"exact": {"type": "org.uvote.box.changed.v1", "source": "/uvote/ballot"}}, True),
        ({"exact": {"type": "org.uvote.box.changed.v1", "source": "/uvote/voter"}}, False),
        ({"exact": {"type": "org.uvote.BOX.changed.v1"}}, False),
        ({"prefix": {"type": "org.uvote."}}, True),
        ({"prefix": {"type": "Org.uvote."}}, False),
        ({"prefix": {"type": "uvote"}}, False),
        ({"suffix": {"type": ".v1"}}, True),
        ({"suffix": {"type": ".v2"}}, False),
        ({"suffix": {"type": "changed"}}, False),
        # An attribute that is not there fails, and `not` of it passes.
        ({"exact": {"dataschema": "x"}}, False),
        ({"prefix": {"dataschema": "x"}}, False),
        ({"suffix": {"dataschema": "x"}}, False),
        ({"not": {"exact": {"dataschema": "x"}}}, True),
        # Typed extensions are compared as texts.
        ({"exact": {"number": "5"}}, True),
        ({"exact": {"flag": "true"}}, True),
        ({"exact": {"flag": "True"}}, False),
    ],
)
def test_each_dialect_means_what_knative_means(one: Filter, passed: bool) -> None:
    assert lets(one) is passed


def test_no_filter_lets_everything_through() -> None:
    check_filters("t", [])
    assert passes([], EVENT)


@pytest.mark.parametrize(
    ("wanted", "passed"),
    [
        ({"type": "org.uvote.box.changed.v1"}, True),
        ({"type": "org.uvote.roll.changed.v1"}, False),
        ({"type": "org.uvote.box.changed.v1", "subject": "autumn"}, False),
        ({"type": "", "subject": ""}, True),
        ({"dataschema": ""}, False),
        ({"dataschema": "x"}, False),
        ({"empty": ""}, False),
        ({"number": ""}, True),
        # A typed extension is never equal to a text here, whatever it looks like.
        ({"number": "5"}, False),
        ({"flag": "true"}, False),
        ({"time": ""}, True),
    ],
)
def test_the_old_attributes_filter_means_what_it_meant(wanted: dict[str, str], passed: bool) -> None:
    check_attributes("t", wanted)
    assert passes([{"attributes": wanted}], {**EVENT, "empty": ""}) is passed


@pytest.mark.parametrize(
    "given_filters",
    [
        # Taken by Knative and then skipped, so that the Trigger would receive every event.
        [{}],
        [{"exact": {}}],
        [{"exact": {"type": ""}}],
        [{"prefix": {"type": ""}}],
        [{"suffix": {"source": "x", "type": ""}}],
        [{"all": []}],
        [{"any": []}],
        [{"not": {}}],
        [{"all": [{"exact": {"type": "x"}}, {"exact": {"type": ""}}]}],
        [{"any": [{}]}],
        [{"not": {"exact": {"type": ""}}}],
        # Refused by Knative.
        [{"exact": {"type": "x"}, "prefix": {"type": "x"}}],
        [{"exact": {"Type": "x"}}],
        [{"exact": {"my-extension": "x"}}],
        [{"exact": {"1st": "x"}}],
        [{"exact": {"": "x"}}],
        [{"exact": {"number": 5}}],
        [{"exact": {"flag": True}}],
        [{"exact": ["type"]}],
        [{"exact": "type"}],
        [{"all": {"exact": {"type": "x"}}}],
        [{"any": 5}],
        [{"not": [{"exact": {"type": "x"}}]}],
        [{"attributes": {"type": "x"}}],
        [{"exactly": {"type": "x"}}],
        ["exact"],
        {"exact": {"type": "x"}},
        None,
        # Not understood here.
        [{"cesql": "type = 'x'"}],
        [{"not": {"cesql": "LENGTH(type)"}}],
    ],
)
def test_filters_that_knative_refuses_or_skips_are_refused_with_the_triggers_name(given_filters: Any) -> None:
    with pytest.raises(Mistake, match="Trigger box-to-roll: "):
        check_filters("box-to-roll", given_filters)


@pytest.mark.parametrize("wanted", [{}, None, {"Type": "x"}, {"number": 5}, "type"])
def test_an_old_filter_without_attributes_is_refused(wanted: Any) -> None:
    with pytest.raises(Mistake, match="Trigger box-to-roll: "):
        check_attributes("box-to-roll", wanted)
