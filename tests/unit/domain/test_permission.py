"""Check that each permission has a name, the lowest role that has it, and the ability that allows an
API key to use it.
"""

from copy import copy, deepcopy

import pytest

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import OwnRole, StaffRole
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.services.staff_policy import may, may_grant, permissions_of

READ = Permission("raffle.see", StaffRole.SUPPORT)
DRAW = Permission("raffle.draw", StaffRole.OWNER, Ability.OPERATE)


def test_permission_value_equals_its_name() -> None:
    assert READ == "raffle.see"
    assert f"{READ}" == "raffle.see"
    assert {READ: 1}["raffle.see"] == 1


@pytest.mark.parametrize("copied", [copy, deepcopy])
def test_copied_permission_keeps_its_lowest_role_and_its_api_key_ability(copied: type[Permission]) -> None:
    same = copied(DRAW)
    assert (same, same.least_role, same.ability) == ("raffle.draw", StaffRole.OWNER, Ability.OPERATE)


def test_built_in_role_has_only_permissions_whose_lowest_role_is_not_above_it() -> None:
    assert permissions_of(StaffRole.MANAGER, [READ, DRAW]) == [READ]
    assert permissions_of(StaffRole.OWNER, [READ, DRAW]) == [READ, DRAW]


def test_custom_role_has_only_the_listed_permissions() -> None:
    role = OwnRole(name="Caja", permissions=frozenset({"raffle.draw"}))
    assert may(role, DRAW)
    assert not may(role, READ)


def test_api_key_has_only_the_permissions_of_its_abilities() -> None:
    assert may_grant({Ability.OPERATE}, DRAW)
    assert not may_grant({Ability.CHANGE_OFFER}, DRAW)


def test_api_key_with_all_abilities_has_no_permission_that_declares_no_ability() -> None:
    assert not may_grant(set(Ability), READ)
