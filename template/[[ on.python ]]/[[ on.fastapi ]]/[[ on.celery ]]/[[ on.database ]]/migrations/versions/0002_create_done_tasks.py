"""Create the table done_tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = None
branch_labels = ("tasks",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "done_tasks",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_done_tasks")),
    )
    op.create_index(op.f("ix_done_tasks_done_at"), "done_tasks", ["done_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_done_tasks_done_at"), table_name="done_tasks")
    op.drop_table("done_tasks")
