"""Nobody but `verify` makes a VerifiedAuthorisation, and nobody alters one.

Python cannot keep out code that sets out to forge: `object.__new__` makes an empty instance, `object.__setattr__` fills
it in, and the token is a module's private name. Such code would have to be in our own tree; the house rules
(tests/architecture/test_house_rules.py) find it there. What can happen by accident or by a tempting short cut is
refused here.
"""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from contracts import authorisation as module
from contracts.authorisation import VerifiedAuthorisation
from contracts.vocabulary import CameraId
from tests.builders_contracts import a_permit, a_trusted_site


def its_parts(permit: VerifiedAuthorisation) -> dict[str, Any]:
    return {field.name: getattr(permit, field.name) for field in dataclasses.fields(permit)}


def the_permit() -> VerifiedAuthorisation:
    return a_permit(a_trusted_site())


@pytest.mark.law("P1")
def test_it_cannot_be_made_without_the_token() -> None:
    parts = its_parts(the_permit())
    with pytest.raises(TypeError):
        VerifiedAuthorisation(**parts)


@pytest.mark.parametrize("token", [None, object(), True, "verify"], ids=["none", "an object", "true", "a name"])
def test_it_cannot_be_made_with_another_token(token: object) -> None:
    with pytest.raises(TypeError, match=r"only contracts\.authorisation\.verify"):
        VerifiedAuthorisation(**its_parts(the_permit()), _made_by=token)


def test_it_does_not_carry_its_token_along() -> None:
    permit = the_permit()
    assert not hasattr(permit, "_made_by")
    assert all(value is not module._ONLY_VERIFY for value in its_parts(permit).values())


@pytest.mark.parametrize("part", sorted(its_parts(the_permit())))
def test_replace_yields_no_altered_authority(part: str) -> None:
    permit = the_permit()
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(permit, **{part: getattr(permit, part)})


def test_replace_with_nothing_changed_is_refused_too() -> None:
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(the_permit())


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, pickle.dumps], ids=lambda make: make.__name__)
def test_it_is_not_copied_or_stored(make: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="verify the signed records again"):
        make(the_permit())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_protocol_stores_it(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(the_permit(), protocol=protocol)


def test_no_state_can_be_poured_into_it() -> None:
    permit = the_permit()
    with pytest.raises(TypeError):
        permit.__setstate__([None] * 7)
    with pytest.raises(TypeError):
        object.__new__(VerifiedAuthorisation).__setstate__(list(its_parts(permit).values()))


@pytest.mark.parametrize("part", ["lease", "camera", "ends_boot", "demo"])
def test_no_part_of_it_can_be_set(part: str) -> None:
    permit = the_permit()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(permit, part, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(permit, part)
    with pytest.raises((AttributeError, TypeError)):
        permit.standing = lambda *_: None  # type: ignore[method-assign]  # the attack under test


def test_it_has_no_subclasses() -> None:
    with pytest.raises(TypeError, match="no subclasses"):
        type("Generous", (VerifiedAuthorisation,), {})


def test_an_instance_made_around_its_constructor_authorises_nothing() -> None:
    empty = object.__new__(VerifiedAuthorisation)
    with pytest.raises(AttributeError):
        empty.standing(CameraId("camera-1"), the_permit().verified_at)


def test_it_prints_ids_and_nothing_of_the_persons_or_reasons() -> None:
    permit = the_permit()
    assert repr(permit) == "VerifiedAuthorisation(warrant warrant-1, camera camera-1)"
    assert permit.warrant.slots[0].necessity not in repr(permit)
    assert str(permit) == repr(permit)
