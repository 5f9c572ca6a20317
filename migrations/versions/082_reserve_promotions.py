"""Reserve a promotion's use for an order with an open checkout, by a unique row."""

from alembic import op

revision = "082_reserve_promotions"
down_revision = "081_note_since_when_withheld"

_INTO = (
    "INSERT INTO promotion_reservations (order_id, promotion_id, customer_id, once, place, reserved_at)"
    " SELECT w.order_id, w.promotion_id, w.customer_id, w.once, CASE WHEN w.uses IS NOT NULL THEN w.place END, w.at"
    " FROM ({rows}) AS w WHERE w.uses IS NULL OR w.place <= w.uses ON CONFLICT DO NOTHING"
)
# Redeemed uses first, then open checkouts; a checkout beyond the limit gets no reservation and is counted when
# redeemed.
_ROWS = (
    "SELECT t.order_id, t.promotion_id, t.customer_id, t.at, p.once, p.uses,"
    " row_number() OVER (PARTITION BY t.promotion_id ORDER BY t.paid DESC, t.at, t.order_id) AS place"
    " FROM (SELECT order_id, promotion_id, customer_id, used_at AS at, true AS paid FROM promotion_uses"
    " UNION ALL SELECT a.order_id, a.promotion_id, o.customer_id, min(a.created_at), false FROM checkout_attempts a"
    " JOIN orders o ON o.id = a.order_id WHERE a.promotion_id IS NOT NULL AND a.status <> 'closed'"
    " AND o.status = 'open' GROUP BY a.order_id, a.promotion_id, o.customer_id) AS t"
    " JOIN promotions p ON p.id = t.promotion_id"
)


def upgrade() -> None:
    op.execute(
        "CREATE TABLE promotion_reservations (order_id UUID NOT NULL, promotion_id UUID NOT NULL,"
        " customer_id UUID NOT NULL, once BOOLEAN NOT NULL, place INTEGER, reserved_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_promotion_reservations PRIMARY KEY (order_id, promotion_id),"
        " CONSTRAINT one_reservation_per_place UNIQUE (promotion_id, place),"
        " CONSTRAINT ck_promotion_reservations_place_from_one CHECK (place >= 1),"
        " CONSTRAINT fk_promotion_reservations_order_id FOREIGN KEY (order_id) REFERENCES orders (id),"
        " CONSTRAINT fk_promotion_reservations_promotion_id FOREIGN KEY (promotion_id) REFERENCES promotions (id),"
        " CONSTRAINT fk_promotion_reservations_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id))"
    )
    op.execute(
        "CREATE UNIQUE INDEX one_reservation_per_customer ON promotion_reservations (promotion_id, customer_id)"
        " WHERE once"
    )
    op.execute("CREATE INDEX ix_promotion_reservations_customer_id ON promotion_reservations (customer_id)")
    op.execute(_INTO.format(rows=_ROWS))


def downgrade() -> None:
    op.execute("DROP TABLE promotion_reservations")
