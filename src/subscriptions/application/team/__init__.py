"""Staff of the operator: invitations, roles and second factors."""
