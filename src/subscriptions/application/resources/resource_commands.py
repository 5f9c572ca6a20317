"""Selection of the staff commands that can be run on a resource in its current status, used by every interface."""

from collections.abc import Sequence

from subscriptions.application.access.resource_kind import kind_named
from subscriptions.application.resources.attach_resource import AttachResource, DetachResource
from subscriptions.application.resources.change_resource import DeleteResource, RenameResource, RetireResource
from subscriptions.application.resources.replace_resource import ReplaceResource
from subscriptions.application.staff.command import StaffCommand, staff_commands
from subscriptions.domain.entities.resource import ResourceStatus


def resource_commands(kind_name: str, status: str, *, has_plans: bool) -> Sequence[type[StaffCommand]]:
    """Return the commands in display order. If each customer has their own chat of this kind, only the plans can be
    changed.

    `has_plans`: True if a plan includes the resource, so that it can be removed from a plan
    """
    if status == ResourceStatus.RETIRED:
        return (AttachResource, DeleteResource)
    kind = kind_named(kind_name)
    about_plans = (AttachResource, DetachResource) if has_plans else (AttachResource,)
    if kind is None or kind.for_one:
        return about_plans
    # A command of a feature that is not installed is missing.
    own_commands = [staff_commands()[name] for name in kind.own_commands if name in staff_commands()]
    return (
        RenameResource,
        *own_commands,
        *about_plans,
        ReplaceResource,
        RetireResource,
        DeleteResource,
    )
