/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * How fast letters go to one receiving site: a bucket that lets so many go at once and so many a minute from then on, as the
 * time at which it is empty; half as fast each time the site asks us to slow down, and a rest before that.
 *
 * Times are absolute, so a bucket outlives the process that filled it and a restart cannot burst. A clock that was put back
 * cannot keep a site waiting for longer than a full bucket, or a rest, takes. No I/O.
 */
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include "base/time.h"

struct pace_rule {
    int64_t step_us; /* between two letters to a site, in the long run; 0: as fast as it goes */
    int32_t burst;   /* so many at once. Sites with no more people than that are not held up, until they ask for it */
};

struct pace {
    int64_t people;
    struct instant next_at; /* when the bucket is empty */
    int32_t slower;         /* how often its rate was halved */
    struct instant rest_until;
};

/* How many may go now, at most `most`. */
int32_t pace_room(const struct pace_rule *rule, const struct pace *pace, struct instant now, int32_t most);
/* So many go. */
void pace_take(const struct pace_rule *rule, struct pace *pace, struct instant now, int32_t count);
/* When there is room for one; `now` or later. */
struct instant pace_room_at(const struct pace_rule *rule, const struct pace *pace, struct instant now);

/* It said 421 or 4.7.x: half as fast, after a rest of 1, 2, 4 … 30 minutes. Who rests already is not slowed again: it said so
 * of letters that were under way together. */
void pace_slow_down(struct pace *pace, struct instant now);
/* Half an hour after a rest without another, one step faster. True when something changed. */
bool pace_recover(struct pace *pace, struct instant now);

#endif
