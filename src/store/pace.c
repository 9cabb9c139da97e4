/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See pace.h.
 */
#include "store/pace.h"

enum { SLOWER_MOST = 6, REST_MINUTES_MOST = 30, STEP_UNLIMITED_US = 100000 };

#define MINUTE_US  INT64_C(60000000)
#define RECOVER_US (30 * MINUTE_US)

/* What holds for this site now; a step of 0 holds nobody up. */
static struct pace_rule rule_of(const struct pace_rule *rule, const struct pace *pace)
{
    struct pace_rule own = *rule;

    if (pace->slower <= 0 && pace->people <= rule->burst)
        own.step_us = 0;
    if (pace->slower <= 0)
        return own;
    own.step_us = (rule->step_us ? rule->step_us : STEP_UNLIMITED_US) << pace->slower;
    own.burst >>= pace->slower;
    if (own.burst < 1)
        own.burst = 1;
    return own;
}

/* When the bucket is empty, seen from `now`: it cannot be fuller than full. */
static int64_t empty_at(const struct pace_rule *own, const struct pace *pace, int64_t now)
{
    int64_t full = now + own->step_us * own->burst;

    if (pace->next_at.us <= now)
        return now;
    return pace->next_at.us < full ? pace->next_at.us : full;
}

static bool is_resting(const struct pace *pace, int64_t now)
{
    return pace->rest_until.us > now && pace->rest_until.us <= now + REST_MINUTES_MOST * MINUTE_US;
}

int32_t pace_room(const struct pace_rule *rule, const struct pace *pace, struct instant now, int32_t most)
{
    struct pace_rule own = rule_of(rule, pace);
    int64_t room;

    if (is_resting(pace, now.us))
        return 0;
    if (own.step_us == 0)
        return most;
    room = (now.us + own.step_us * own.burst - empty_at(&own, pace, now.us)) / own.step_us;
    return room < most ? (int32_t)room : most;
}

void pace_take(const struct pace_rule *rule, struct pace *pace, struct instant now, int32_t count)
{
    struct pace_rule own = rule_of(rule, pace);

    if (own.step_us)
        pace->next_at.us = empty_at(&own, pace, now.us) + own.step_us * count;
}

struct instant pace_room_at(const struct pace_rule *rule, const struct pace *pace, struct instant now)
{
    struct pace_rule own = rule_of(rule, pace);
    int64_t at = now.us;

    if (is_resting(pace, now.us))
        at = pace->rest_until.us;
    if (own.step_us && empty_at(&own, pace, now.us) - own.step_us * (own.burst - 1) > at)
        at = empty_at(&own, pace, now.us) - own.step_us * (own.burst - 1);
    return (struct instant){at};
}

void pace_slow_down(struct pace *pace, struct instant now)
{
    int64_t minutes;

    if (is_resting(pace, now.us))
        return;
    minutes = INT64_C(1) << (pace->slower < SLOWER_MOST ? pace->slower : SLOWER_MOST);
    if (pace->slower < SLOWER_MOST)
        pace->slower++;
    if (minutes > REST_MINUTES_MOST)
        minutes = REST_MINUTES_MOST;
    pace->rest_until.us = now.us + minutes * MINUTE_US;
}

bool pace_recover(struct pace *pace, struct instant now)
{
    if (pace->slower <= 0 || is_resting(pace, now.us) || now.us < pace->rest_until.us + RECOVER_US)
        return false;
    pace->slower--;
    pace->rest_until = now; /* the next step is half an hour from here */
    return true;
}
