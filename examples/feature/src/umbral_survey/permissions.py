"""Permission of staff to see the answers of the survey."""

from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission

SEE_SURVEY: Final = Permission("survey.see", StaffRole.MANAGER)
PERMISSIONS: Final = (SEE_SURVEY,)
