"""Create custom roles: a name and permissions. Staff rows name the role, so that column accepts any name."""

from alembic import op

revision = "121_keep_own_roles"
down_revision = "121_keep_staff_invitations"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE own_roles (name text NOT NULL, permissions text NOT NULL,"
        " CONSTRAINT pk_own_roles PRIMARY KEY (name),"
        " CONSTRAINT ck_own_roles_no_built_in CHECK (name NOT IN ('support', 'manager', 'owner', 'none')))"
    )
    op.execute("ALTER TABLE customers DROP CONSTRAINT ck_customers_staff_role_known")


def downgrade() -> None:
    op.execute("UPDATE customers SET staff_role = NULL WHERE staff_role NOT IN ('support', 'manager', 'owner')")
    op.execute(
        "ALTER TABLE customers ADD CONSTRAINT ck_customers_staff_role_known"
        " CHECK (staff_role IN ('support', 'manager', 'owner'))"
    )
    op.execute("DROP TABLE own_roles")
