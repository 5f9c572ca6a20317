"""SQL statements of the monthly figures.

- `:edges`: the start of each month, and the end of the last month
- `:plan`, `:provider`: filters; NULL or an empty value selects all
"""

from typing import Final

from subscriptions.infrastructure.database.list_parts import IS_RECURRING, RENEWS
from subscriptions.infrastructure.database.returned_money import COUNTS, RETURNED_MONEY

# With this much memory, sorting all customers needs no disk, unlike with a server's default. JIT compilation is
# switched off, because it takes longer than it saves in statements that run once a minute.
ROOM: Final = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"

# Monthly prices are in half minor units, so that integer division rounds half a minor unit up.
_MONTHLY: Final = """
    CASE unit WHEN 'month' THEN (2 * minor + many) / (2 * many)
              WHEN 'year' THEN (2 * minor + 12 * many) / (24 * many)
              WHEN 'week' THEN (104 * minor + 12 * many) / (24 * many)
              ELSE (730 * minor + 12 * many) / (24 * many) END
"""
# A subscription counts from its own first payment, because its holder does not pay for a trial, a code or a gift.
_PAYMENTS: Final = f"""
    paid AS (
        SELECT payments.subscription_id, payments.order_id, min(payments.occurred_at) AS at,
               min(payments.provider) AS provider
        FROM payments JOIN orders ON orders.id = payments.order_id
        WHERE {COUNTS} AND payments.amount_minor > 0 AND payments.subscription_id IS NOT NULL AND NOT orders.gift
        GROUP BY 1, 2
    )
"""
_OF_PART: Final = "(CAST(:plan AS uuid) IS NULL OR {plan} = :plan) AND CAST(:provider AS text) IN ('', {provider})"
_OF_SUBSCRIPTION: Final = _OF_PART.format(plan="subscriptions.plan_id", provider="subscriptions.provider")
_PLACE: Final = "width_bucket({at}, CAST(:edges AS timestamptz[]))"
_IN_SPAN: Final = "{at} >= :since AND {at} < :until"
# Time from which a subscription is no longer charged: the earliest recorded cause. A pause at the provider begins with
# the end of the paid time, or when it was seen within that time. NULL for a subscription that is charged again, so that
# an interruption leaves no trace once it has ended.
_STOPPED_AT: Final = f"""
    CASE WHEN NOT ({IS_RECURRING}) THEN coalesce(least(
        subscriptions.ended_at, subscriptions.canceled_at, subscriptions.billing_stopped_at, subscriptions.owed_since,
        subscriptions.withheld_since,
        CASE WHEN subscriptions.status <> 'paused' AND subscriptions.upcoming_at IS NULL
            THEN subscriptions.upcoming_learned_at END,
        CASE WHEN subscriptions.status = 'paused'
            THEN least(subscriptions.access_until, subscriptions.synced_at) END
    ), least(subscriptions.access_until, coalesce(subscriptions.synced_at, subscriptions.created_at))) END
"""
# Time spans of a subscription with one price and period: from each paid order, and each change of plan or price, to the
# next. The recurring price of an order is stored with its checkout, and that of the last order in the subscription. An
# order renewed automatically until another payment took the place of its failed charge.
_SPANS: Final = f"""
    WITH {_PAYMENTS}, turns AS (
        SELECT subscription_id, paid.at, order_id, provider, NULL::uuid AS change_id FROM paid
        UNION ALL
        SELECT subscription_id, changed_at, NULL, NULL, id FROM plan_changes
    ), following AS (
        SELECT turns.*, lead(at) OVER ahead AS next_at, lead(order_id) OVER ahead AS next_order_id,
               lead(change_id) OVER ahead AS next_change_id,
               count(order_id) OVER (ahead ROWS UNBOUNDED PRECEDING) AS number
        FROM turns WINDOW ahead AS (PARTITION BY subscription_id ORDER BY at, change_id NULLS FIRST, order_id)
    ), numbered AS (
        SELECT following.*, first_value(order_id) OVER (
                   PARTITION BY subscription_id, number ORDER BY at, change_id NULLS FIRST) AS bought_id
        FROM following WHERE number > 0
    ), times AS (
        SELECT subscriptions.id AS subscription_id, subscriptions.customer_id, subscriptions.provider,
               subscriptions.provider_ref IS NOT NULL OR former.id IS NOT NULL AS renews, numbered.at AS since,
               least(numbered.next_at, subscriptions.ended_at) AS until,
               coalesce(former.ended_at, {_STOPPED_AT}) AS stopped_at,
               orders.plan_id AS bought_plan_id,
               orders.interval, orders.interval_count, subscriptions.interval AS had_interval,
               subscriptions.interval_count AS had_count,
               CASE WHEN subscriptions.interval_count IS NOT NULL THEN subscriptions.plan_id END AS had_plan_id,
               coalesce(next.from_plan_id, last.to_plan_id, asked.plan_id, subscriptions.plan_id) AS plan_id,
               coalesce(next.old_price_minor, last.new_price_minor, asked.minor, subscriptions.price_minor) AS minor,
               coalesce(next.old_price_currency, last.new_price_currency, asked.currency,
                        subscriptions.price_currency) AS currency
        FROM numbered JOIN subscriptions ON subscriptions.id = numbered.subscription_id
        JOIN orders ON orders.id = numbered.bought_id
        LEFT JOIN subscriptions AS former ON former.order_id = numbered.bought_id AND former.end_reason = 'replaced'
        LEFT JOIN plan_changes AS next ON next.id = numbered.next_change_id
        LEFT JOIN plan_changes AS last ON last.id = numbered.change_id AND numbered.next_order_id IS NOT NULL
        LEFT JOIN LATERAL (
            SELECT orders.plan_id, coalesce(min(attempt.minor), orders.price_minor) AS minor,
                   coalesce(min(attempt.currency), orders.price_currency) AS currency
            FROM (
                SELECT coalesce(later_minor, price_minor) AS minor, coalesce(later_currency, price_currency) AS currency
                FROM checkout_attempts
                WHERE numbered.next_order_id IS NOT NULL AND checkout_attempts.order_id = orders.id
                    AND checkout_attempts.provider = numbered.provider
                ORDER BY number DESC LIMIT 1
            ) AS attempt
        ) AS asked ON numbered.next_order_id IS NOT NULL
        WHERE orders.recurring AND subscriptions.access_until IS NOT NULL
    ), spans AS (
        SELECT subscription_id, customer_id, renews, currency, since, until, stopped_at, {_MONTHLY} AS minor FROM (
            SELECT subscription_id, customer_id, renews, currency, minor, since, until, stopped_at,
                   CASE WHEN plan_id = bought_plan_id THEN times.interval WHEN plan_id = had_plan_id THEN had_interval
                        ELSE service_plans.interval END AS unit,
                   CASE WHEN plan_id = bought_plan_id THEN times.interval_count
                        WHEN plan_id = had_plan_id THEN had_count ELSE service_plans.interval_count END AS many
            FROM times JOIN service_plans ON service_plans.id = times.plan_id
            WHERE (until IS NULL OR since < until) AND minor > 0
                AND {_OF_PART.format(plan="times.plan_id", provider="times.provider")}
        ) AS priced WHERE unit IS NOT NULL
    )
"""
# `place`: number of the first edge at which the subscription is visible, or is no longer visible.
RECURRING_REVENUE: Final = f"""
    {_SPANS}, charged AS (
        SELECT customer_id, currency, minor, since, least(until, stopped_at) AS until FROM spans
        WHERE renews AND (stopped_at IS NULL OR since < stopped_at)
    ), moves AS (
        SELECT customer_id, currency, place, sum(minor) AS minor FROM (
            SELECT customer_id, currency, width_bucket(since, CAST(:edges AS timestamptz[])) AS place, minor
            FROM charged
            UNION ALL
            SELECT customer_id, currency, width_bucket(until, CAST(:edges AS timestamptz[])), -minor FROM charged
            WHERE until IS NOT NULL
        ) AS steps GROUP BY 1, 2, 3
    ), seen AS (
        SELECT currency, place, minor, sum(minor) OVER run AS after, first_value(place) OVER run AS first
        FROM moves WHERE place < :edge_count WINDOW run AS (PARTITION BY customer_id, currency ORDER BY place)
    )
    SELECT place, currency,
           coalesce(sum(minor) FILTER (WHERE after = minor AND first = place), 0) AS new,
           coalesce(sum(minor) FILTER (WHERE after = minor AND first < place), 0) AS returned,
           coalesce(sum(minor) FILTER (WHERE after > minor AND minor > 0), 0) AS grown,
           coalesce(-sum(minor) FILTER (WHERE after > 0 AND minor < 0), 0) AS shrunk,
           coalesce(-sum(minor) FILTER (WHERE after = 0 AND minor < 0), 0) AS lost,
           count(*) FILTER (WHERE after = minor AND minor > 0) AS came,
           count(*) FILTER (WHERE after = 0 AND minor < 0) AS gone
    FROM seen GROUP BY 1, 2
"""
COHORTS: Final = f"""
    WITH {_PAYMENTS}, spans AS (
        SELECT subscriptions.customer_id, min(paid.at) AS since, ended_at AS until
        FROM paid JOIN subscriptions ON subscriptions.id = paid.subscription_id
        WHERE access_until IS NOT NULL AND {_OF_SUBSCRIPTION}
        GROUP BY subscriptions.id HAVING ended_at IS NULL OR min(paid.at) < ended_at
    ), moves AS (
        SELECT customer_id, place, sum(step) AS step FROM (
            SELECT customer_id, width_bucket(since, CAST(:edges AS timestamptz[])) AS place, 1 AS step FROM spans
            UNION ALL
            SELECT customer_id, width_bucket(until, CAST(:edges AS timestamptz[])), -1 FROM spans
            WHERE until IS NOT NULL
        ) AS steps GROUP BY 1, 2
    ), seen AS (
        SELECT place, step, sum(step) OVER run AS after, first_value(place) OVER run AS first
        FROM moves WHERE place < :edge_count WINDOW run AS (PARTITION BY customer_id ORDER BY place)
    )
    SELECT first, place, count(*) FILTER (WHERE place = first) AS size,
           sum(CAST(after > 0 AS int) - CAST(after - step > 0 AS int)) AS stayed
    FROM seen WHERE first > 0 GROUP BY 1, 2
"""
# The time of recording is used, as for plan changes, because the charge for a new plan is made before we are notified
# of the plan change.
_PLAN_THEN: Final = "coalesce(changes.plan_id, subscriptions.plan_id, orders.plan_id)"
REVENUE: Final = f"""
    WITH changes AS (
        SELECT subscription_id, from_plan_id AS plan_id, changed_at AS until,
               coalesce(lag(changed_at) OVER (PARTITION BY subscription_id ORDER BY changed_at), '-infinity') AS since
        FROM plan_changes
    ), moved AS (
        SELECT id, amount_minor AS minor, amount_currency AS currency, 1 AS came, recorded_at, occurred_at AS at,
               provider, subscription_id, order_id
        FROM payments WHERE {COUNTS} AND occurred_at >= :since AND occurred_at < :until
        UNION ALL
        SELECT payments.id, -returned.minor, returned.currency, 0, payments.recorded_at,
               returned.occurred_at, payments.provider, subscription_id, order_id
        FROM {RETURNED_MONEY} AS returned JOIN payments ON payments.id = returned.payment_id
        WHERE {COUNTS} AND returned.occurred_at >= :since AND returned.occurred_at < :until
    )
    SELECT {_PLACE.format(at="at")} AS place, moved.provider, currency, {_PLAN_THEN} AS plan_id, sum(minor) AS minor,
           sum(came) AS payments
    FROM moved JOIN orders ON orders.id = moved.order_id
    LEFT JOIN subscriptions ON subscriptions.id = moved.subscription_id
    LEFT JOIN changes ON changes.subscription_id = moved.subscription_id
        AND moved.recorded_at >= changes.since AND moved.recorded_at < changes.until
    WHERE {_OF_PART.format(plan=_PLAN_THEN, provider="moved.provider")}
    GROUP BY 1, 2, 3, 4 ORDER BY place, currency, minor DESC, 2, 4
"""
FUNNEL: Final = f"""
    WITH links AS (
        SELECT source, count(*) AS opened FROM link_uses WHERE used_at >= :since AND used_at < :until GROUP BY 1
    ), people AS (
        SELECT coalesce(source, '') AS source, count(*) AS started,
               count(*) FILTER (WHERE EXISTS (
                   SELECT FROM payments WHERE payments.customer_id = customers.id AND {COUNTS})) AS paid,
               count(*) FILTER (WHERE EXISTS (
                   SELECT FROM accesses WHERE accesses.customer_id = customers.id AND joined_at IS NOT NULL)) AS joined
        FROM customers WHERE created_at >= :since AND created_at < :until
        GROUP BY 1
    )
    SELECT source, coalesce(opened, 0) AS opened, coalesce(started, 0) AS started, coalesce(paid, 0) AS paid,
           coalesce(joined, 0) AS joined
    FROM links FULL JOIN people USING (source) ORDER BY started DESC, opened DESC, source
"""
CHURN: Final = f"""
    SELECT {_PLACE.format(at="ended_at")} AS place, coalesce(end_reason, '') AS ended,
           coalesce(cancel_reason, '') AS reason, count(*) AS count
    FROM subscriptions WHERE access_until IS NOT NULL AND {_IN_SPAN.format(at="ended_at")} AND {_OF_SUBSCRIPTION}
    GROUP BY 1, 2, 3 ORDER BY place, count DESC, 2, 3
"""
ENTRY_TIMES: Final = f"""
    SELECT {_PLACE.format(at="joined_at")} AS place, count(*) AS count,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY joined_at - paid_at) AS median,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY joined_at - paid_at) AS most
    FROM accesses JOIN telegram_channels ON telegram_channels.id = accesses.channel_id
    JOIN subscriptions ON subscriptions.id = telegram_channels.subscription_id
    JOIN orders ON orders.id = subscriptions.order_id
    WHERE {_IN_SPAN.format(at="joined_at")} AND joined_at >= paid_at AND {_OF_SUBSCRIPTION}
    GROUP BY 1 ORDER BY 1
"""
_PERIOD: Final = """
    CASE WHEN subscriptions.interval_count IS NOT NULL THEN subscriptions.interval
         WHEN service_plans.recurring THEN service_plans.interval END AS unit,
    coalesce(subscriptions.interval_count, service_plans.interval_count) AS many
"""
_LIVE: Final = "subscriptions.status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')"
CURRENT_REVENUE: Final = f"""
    {_SPANS}, trials AS (
        SELECT currency, {_MONTHLY} AS minor FROM (
            SELECT subscriptions.price_currency AS currency, subscriptions.price_minor AS minor, {_PERIOD}
            FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
            WHERE status = 'trialing' AND {IS_RECURRING} AND subscriptions.price_minor > 0
                AND NOT EXISTS (SELECT FROM paid WHERE paid.subscription_id = subscriptions.id) AND {_OF_SUBSCRIPTION}
        ) AS priced WHERE unit IS NOT NULL
    ), states AS (
        SELECT currency, minor, CASE WHEN NOT spans.renews THEN 'prepaid'
                                     WHEN {IS_RECURRING} THEN 'renews'
                                     WHEN NOT ({RENEWS}) THEN 'canceled'
                                     WHEN status = 'past_due' THEN status
                                     ELSE 'paused' END AS renewal
        FROM spans JOIN subscriptions ON subscriptions.id = spans.subscription_id
        WHERE since < :now AND (until IS NULL OR until >= :now) AND {_LIVE}
        UNION ALL
        SELECT currency, minor, 'trialing' FROM trials
    )
    SELECT renewal, currency, count(*) AS subscriptions, sum(minor) AS minor FROM states GROUP BY 1, 2
"""
# Months are added in UTC, in which every day has 24 hours.
FORECAST: Final = f"""
    WITH renewals AS (
        SELECT CASE WHEN upcoming_learned_at IS NULL THEN coalesce(pause_until, current_period_end, access_until)
                    ELSE upcoming_at END AS at,
               status = 'trialing' AS trial, subscriptions.cancel_at,
               upcoming_amount_minor AS first_minor, upcoming_amount_currency AS first_currency,
               CASE WHEN next.id IS NULL THEN price_at.unit ELSE next.interval END AS unit,
               CASE WHEN next.id IS NULL THEN price_at.many ELSE next.interval_count END AS many,
               CASE WHEN next.id IS NULL THEN subscriptions.price_minor
                    ELSE coalesce(next_price_minor, there.price_minor, next.price_minor) END AS minor,
               CASE WHEN next.id IS NULL THEN subscriptions.price_currency
                    ELSE coalesce(next_price_currency, there.price_currency, next.price_currency) END AS currency
        FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
        CROSS JOIN LATERAL (SELECT {_PERIOD}) AS price_at
        LEFT JOIN service_plans AS next ON next.id = subscriptions.next_plan_id
        LEFT JOIN plan_payment_prices AS there
            ON there.plan_id = next.id AND there.provider = subscriptions.provider AND there.price_minor IS NOT NULL
        WHERE {RENEWS} AND coalesce(paused_for, 'provider') = 'provider'
            AND (status IN ('trialing', 'active') OR (status = 'paused' AND pause_until IS NOT NULL))
            AND {_OF_SUBSCRIPTION}
    )
    SELECT currency, count(*) AS charges, sum(minor) AS minor, count(*) FILTER (WHERE trial AND first) AS trials,
           coalesce(sum(minor) FILTER (WHERE trial AND first), 0) AS trial_minor
    FROM (
        SELECT trial, first, CASE WHEN first THEN coalesce(first_currency, currency) ELSE currency END AS currency,
               CASE WHEN first THEN coalesce(first_minor, minor) ELSE minor END AS minor
        FROM renewals CROSS JOIN LATERAL generate_series(
            at AT TIME ZONE 'UTC', CAST(:until AS timestamptz) AT TIME ZONE 'UTC' - interval '1 microsecond',
            (many || ' ' || unit)::interval) AS charge
        CROSS JOIN LATERAL (SELECT charge = at AT TIME ZONE 'UTC' AS first) AS place
        WHERE unit IS NOT NULL AND at >= :since AND at < :until
            AND (cancel_at IS NULL OR charge < cancel_at AT TIME ZONE 'UTC')
    ) AS charges WHERE minor > 0 GROUP BY 1
"""
# Estimate by the last ANALYZE; -1 before the first one, which PostgreSQL runs automatically once there are many rows.
CUSTOMERS: Final = "SELECT reltuples FROM pg_class WHERE oid = 'customers'::regclass"
KEPT_ANSWERS: Final = "SELECT question, counted_at, asked_at, answer FROM kept_figures"
KEEP: Final = """
    INSERT INTO kept_figures (question, counted_at, asked_at, answer)
    VALUES (:question, :counted_at, :asked_at, :answer)
    ON CONFLICT (question) DO UPDATE SET counted_at = excluded.counted_at, answer = excluded.answer,
        asked_at = greatest(kept_figures.asked_at, excluded.asked_at)
"""
FORGET: Final = "DELETE FROM kept_figures WHERE asked_at < :before"
