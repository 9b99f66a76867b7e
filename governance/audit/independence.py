"""The controller's own witness never counts: a pure check of a policy, and changes to one that keep it so."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from governance.audit.errors import PolicyRefused
from governance.audit.note import VerifierKey
from governance.audit.policy import NONE, Group, KnownLog, Policy, Witness

OTHERS: Final = "organisations"
"""The group that is the quorum of the policies which `organisations_policy` makes."""


def require_independent(policy: Policy, controller_names: Iterable[str]) -> None:
    """Accept a policy whose quorum none of the controller's own witnesses can help to satisfy.

    Every witness and group is a member of at most one group, and every group can be satisfied and left unsatisfied. So
    a witness helps exactly where it stands below the quorum.

    Raises:
        PolicyRefused: one of them counts, or the policy asks for no witness at all.
    """
    if policy.quorum == NONE:
        raise PolicyRefused("The policy asks for no witness; name the group of other organisations as its quorum.")
    counted = members_below(policy, policy.quorum)
    own = sorted(counted.intersection(controller_names))
    if own:
        raise PolicyRefused(
            f"The controller's own witness {own[0]!a} counts towards the quorum; leave it out of the quorum's group."
        )


def members_below(policy: Policy, name: str) -> frozenset[str]:
    """Return this name and every witness and group below it."""
    members = {group.name: group.members for group in policy.groups}
    found, asked = {name}, [name]
    while asked:
        below = members.get(asked.pop(), ())
        found.update(below)
        asked.extend(below)
    return frozenset(found)


def organisations_policy(
    logs: Iterable[VerifierKey],
    organisations: Iterable[tuple[str, tuple[tuple[VerifierKey, str | None], ...]]],
    *,
    quorum: int,
    controllers: Iterable[str],
) -> Policy:
    """Return a policy that asks for so many organisations besides the controller.

    Each organisation has a name and its witnesses' keys with their addresses; whichever of them answers, it counts
    once. The controllers' witnesses are named in the policy, and count for nothing.

    Raises:
        PolicyRefused: names or keys contradict each other, or fewer organisations than the quorum are there.
    """
    own, witnesses, groups, counted = set(controllers), list[Witness](), list[Group](), list[str]()
    names, own_witnesses = set[str](), set[str]()
    for name, keys in organisations:
        names.add(name)
        every = _witnesses(name, keys)
        witnesses.extend(every)
        if len(every) != 1:
            groups.append(Group(name=name, threshold=1, members=tuple(one.name for one in every)))
        if name in own:
            own_witnesses.update(one.name for one in every)
        else:
            counted.append(name)
    if not own <= names:
        raise PolicyRefused(f"The controller {min(own - names)!a} is none of the organisations; check its name.")
    if not 1 <= quorum <= len(counted):
        raise PolicyRefused(
            f"A quorum of {quorum} cannot be had from {len(counted)} organisations; the controller's own never counts."
        )
    groups.append(Group(name=OTHERS, threshold=quorum, members=tuple(counted)))
    policy = Policy(
        logs=tuple(KnownLog(key=key) for key in logs),
        witnesses=tuple(witnesses),
        groups=tuple(groups),
        quorum=OTHERS,
    )
    require_independent(policy, own | own_witnesses)
    return policy


def with_witness(policy: Policy, organisation: str, *, name: str, key: VerifierKey, url: str | None = None) -> Policy:
    """Return the policy with one more witness of an organisation: any one of the organisation's witnesses counts.

    What the organisation's former witness cosigned counts on; where its key may be in other hands, take it out too.

    Raises:
        PolicyRefused: there is no such organisation, or name or key are taken.
    """
    new = Witness(name=name, key=key, url=url)
    groups = {group.name: group for group in policy.groups}
    if organisation in groups:
        grown = groups[organisation]
        if grown.threshold != 1 or organisation == policy.quorum:
            raise PolicyRefused(f"{organisation!a} is no group of one organisation's witnesses, of which any counts.")
        changed = replace(grown, members=(*grown.members, name))
        return replace(
            policy,
            witnesses=(*policy.witnesses, new),
            groups=tuple(changed if group is grown else group for group in policy.groups),
        )
    if organisation not in policy.witness_keys:
        raise PolicyRefused(f"The policy names no organisation {organisation!a}.")
    return _as_group(policy, organisation, new)


def without_witness(policy: Policy, name: str) -> Policy:
    """Return the policy without a witness. The number of organisations that it asks for stays the same.

    Raises:
        PolicyRefused: there is no such witness, or too few would be left for the quorum.
    """
    if name not in policy.witness_keys:
        raise PolicyRefused(f"The policy names no witness {name!a}.")
    gone, groups = {name}, []
    for group in policy.groups:
        members = tuple(member for member in group.members if member not in gone)
        if not members:
            gone.add(group.name)
        elif len(members) < group.threshold:
            raise PolicyRefused(
                f"Without {name!a} only {len(members)} of the {group.threshold} that {group.name!a} asks for are left; "
                "add another organisation's witness first."
            )
        else:
            groups.append(replace(group, members=members))
    if policy.quorum in gone:
        raise PolicyRefused(f"{name!a} is all that the quorum has; add another organisation's witness first.")
    kept = tuple(witness for witness in policy.witnesses if witness.name != name)
    return replace(policy, witnesses=kept, groups=tuple(groups))


def dated(policy: Policy, on: date, remark: str, *, before: str = "") -> str:
    """Return the policy's text under dated remarks: those of the text before it, and a new one.

    Raises:
        PolicyRefused: the remark is not one line.
    """
    if not remark.isprintable():
        raise PolicyRefused("A remark in a policy is one line without control characters.")
    remarks = [line for line in before.split("\n") if line.startswith("#")]
    return "".join(f"{line}\n" for line in (*remarks, f"# {on.isoformat()}: {remark}")) + policy.to_text()


def _as_group(policy: Policy, witness: str, new: Witness) -> Policy:
    """Turn an organisation of one witness into a group of two, which takes over its name."""
    first = f"{witness}-1"
    renamed = tuple(replace(one, name=first) if one.name == witness else one for one in policy.witnesses)
    group = Group(name=witness, threshold=1, members=(first, new.name))
    return replace(policy, witnesses=(*renamed, new), groups=(group, *policy.groups))


def _witnesses(organisation: str, keys: tuple[tuple[VerifierKey, str | None], ...]) -> list[Witness]:
    if not keys:
        raise PolicyRefused(f"The organisation {organisation!a} has no witness.")
    if len(keys) == 1:
        return [Witness(name=organisation, key=keys[0][0], url=keys[0][1])]
    return [Witness(name=f"{organisation}-{n}", key=key, url=url) for n, (key, url) in enumerate(keys, start=1)]
