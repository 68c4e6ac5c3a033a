import pytest

from enrollment.centres import OPERATOR, Role
from enrollment.centres.ceremony import FOUNDING_ROLES
from enrollment.centres.permissions import INCOMPATIBLE, PERMITTED, Action, clashes

SEES_PEOPLE = (Role.OFFICER, Role.SUPERVISOR, Role.ADJUDICATOR, Role.REGISTRAR, Role.SUPPORT)


def test_every_action_is_somebodys() -> None:
    """The table names each action, and none that nobody may do."""
    assert set(PERMITTED) == set(Action)
    assert all(PERMITTED.values())


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.INTRODUCER, Role.SUPPORT, Role.CLIENT_MANAGER])
def test_some_roles_change_nothing_here(role: Role) -> None:
    """Auditors, introducers, support and client managers may do none of it (design section 1)."""
    assert not [action for action, roles in PERMITTED.items() if role in roles]


@pytest.mark.parametrize("one", list(Role))
def test_clashes_go_both_ways(one: Role) -> None:
    """If the first role is refused beside the second, so is the second beside the first; none clashes with itself."""
    for other in Role:
        assert clashes(one, frozenset({other})) is clashes(other, frozenset({one}))
    assert not clashes(one, frozenset({one}))
    assert not clashes(one, frozenset())


@pytest.mark.parametrize("watcher", [Role.ADMIN, Role.OPERATOR])
def test_who_runs_it_sees_nobody(watcher: Role) -> None:
    """An admin or operator holds no role that sees personal data (design section 1)."""
    assert all(clashes(watcher, frozenset({role})) for role in SEES_PEOPLE)


def test_auditor_holds_nothing_else() -> None:
    """Whoever looks through the audit log holds no role that writes into it, but may vouch for a neighbour."""
    free = {role for role in Role if not clashes(Role.AUDITOR, frozenset({role}))}
    assert free == {Role.AUDITOR, Role.INTRODUCER}


def test_one_clash_among_many_is_a_clash() -> None:
    """What is held besides makes no difference."""
    assert clashes(Role.OFFICER, frozenset({Role.SECURITY, Role.ADMIN}))
    assert not clashes(Role.OFFICER, frozenset({Role.SECURITY, Role.SUPERVISOR}))


def test_founders_hold_what_no_approval_gives() -> None:
    """The founding gives roles together that clash: that is why it ends by itself."""
    assert any(clashes(role, FOUNDING_ROLES - {role}) for role in FOUNDING_ROLES)
    assert FOUNDING_ROLES & set(INCOMPATIBLE)


def test_actor_names_itself() -> None:
    """Audit rows name a person by identifier and the command line as `operator`."""
    assert OPERATOR.reference == "operator"
    assert OPERATOR.holds(Role.OFFICER, Role.ADMIN)
    assert not OPERATOR.holds(Role.OFFICER)
