/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See import_step.h. What comes is another process's word: every record has to be sealed to the key that is in use, for an
 * audience and a language that the campaign has. Whether one opens, only the next unlock can see.
 */
#include "main/import_step.h"

#include "folder/folder.h"
#include "main/import_list.h"
#include "main/store_door.h"
#include "store/keys.h"

#include <inttypes.h>
#include <string.h>

static void trouble(struct import_told *told, struct span sentence)
{
    told->outcome = IMPORT_TROUBLE;
    told->sentence = sentence;
}

/* ---- what there is to know ---- */

/* As the folder had it when it was loaded, without an error. */
static bool read_campaign(struct db *db, struct arena *a, int64_t campaign_id, struct campaign **campaign_out,
                          struct import_told *told)
{
    struct campaign *c = ARENA_NEW(a, struct campaign);
    struct diags diags = {.arena = a};
    struct span bytes;
    enum rc rc = content_piece(db, a, campaign_id, S("campaign.ini"), &bytes);

    c->arena = a;
    *campaign_out = c;
    if (rc == RC_OK && folder_campaign_ini(c, S("campaign.ini"), bytes, &diags))
        return true;
    trouble(told, rc == RC_OK || rc == RC_NOT_FOUND
                      ? S("the campaign in the store has no campaign.ini that can be read: load it again")
                      : store_door_fault(rc));
    return false;
}

static bool read_key(struct db *db, struct arena *a, int64_t campaign_id, struct import_told *told)
{
    struct keys keys;
    const struct keys_row *row;
    enum rc rc = keys_list(db, a, campaign_id, &keys);

    if (rc != RC_OK) {
        trouble(told, rc == RC_INVALID ? S("what the store has as keys was not made by breakroom, or was changed: "
                                           "nothing is to be sealed to it")
                                       : store_door_fault(rc));
        return false;
    }
    row = keys_in_use(&keys, KEY_MAILING);
    told->has_key = row != NULL;
    if (row) {
        told->campaign = keys.campaign;
        memcpy(told->key.bytes, row->public_half, KEY_LEN);
    }
    return true;
}

static bool look(struct db *db, struct arena *a, int64_t campaign_id, struct import_told *told)
{
    struct campaign *c;

    if (!read_campaign(db, a, campaign_id, &c, told) || !read_key(db, a, campaign_id, told))
        return false;
    told->lang_count = c->language_count;
    memcpy(told->langs, c->languages, sizeof told->langs);
    told->mail_domains = c->mail_domains;
    for (size_t i = 0; i < c->audiences.count; i++)
        *LIST_ADD(a, &told->audiences) = c->audiences.items[i];
    return true;
}

/* ---- bringing in ---- */

static bool has_audience(const struct import_told *told, struct span key)
{
    for (size_t i = 0; i < told->audiences.count; i++)
        if (span_eq(told->audiences.items[i].key, key))
            return true;
    return false;
}

static bool speaks(const struct import_told *told, enum lang lang)
{
    for (size_t i = 0; i < told->lang_count; i++)
        if (told->langs[i] == lang)
            return true;
    return false;
}

/* Is each of them what this campaign can keep? */
static bool are_ours(const struct import_call *call, const struct subscriber_row *rows, struct import_told *told)
{
    for (size_t i = 0; i < call->people; i++) {
        struct seal_head head = {
            .kind = SEAL_SUBSCRIBER, .campaign = told->campaign, .object = rows[i].object, .day = call->day};

        if (!seal_is_for(&head, &call->key, rows[i].sealed)) {
            trouble(told, S("what came is not sealed to the campaign's key"));
            return false;
        }
        if (!has_audience(told, rows[i].audience) || !speaks(told, rows[i].lang)) {
            told->outcome = IMPORT_CHANGED;
            return false;
        }
    }
    return true;
}

static bool may_write(const struct import_call *call, struct import_told *told)
{
    struct key_id key = mailing_key_id(&told->key);

    if (call->people == 0 || import_source_fault(call->source)) {
        trouble(told, S("what came is no import"));
        return false;
    }
    if (!told->has_key || memcmp(key.bytes, call->key.bytes, sizeof key.bytes) != 0 ||
        memcmp(told->campaign.bytes, call->campaign.bytes, sizeof told->campaign.bytes) != 0) {
        told->outcome = IMPORT_CHANGED;
        return false;
    }
    return true;
}

static void write_people(struct db *db, struct arena *a, int64_t campaign_id, const struct import_call *call,
                         struct instant now, struct import_told *told)
{
    struct subscriber_row *rows;
    enum rc rc;

    if (!look(db, a, campaign_id, told) || !may_write(call, told))
        return;
    if (!import_rows_read(a, call, &rows)) {
        trouble(told, S("what came is no import"));
        return;
    }
    if (!are_ours(call, rows, told))
        return;
    rc = subscribers_import(db, campaign_id, call->source, now, rows, call->people, &told->import_no);
    told->people = (int64_t)call->people;
    if (rc == RC_IO) /* the connection may be lost after the commit */
        told->outcome = IMPORT_UNKNOWN;
    else if (rc != RC_OK)
        trouble(told, store_door_fault(rc));
}

/* ---- naming, taking out ---- */

static void undo(struct db *db, struct arena *a, int64_t campaign_id, const struct import_call *call,
                 struct instant now, struct import_told *told)
{
    enum rc rc = subscribers_import_undo(db, campaign_id, call->import_no, now, &told->people);

    if (rc == RC_NOT_FOUND)
        trouble(told, arena_printf(a, "%.*s has no import %" PRId64 ": “breakroom import --list” names them",
                                   SPAN_ARGS(told->host), call->import_no));
    else if (rc == RC_CONFLICT)
        trouble(told, arena_printf(a, "import %" PRId64 " was undone before", call->import_no));
    else if (rc == RC_IO)
        told->outcome = IMPORT_UNKNOWN;
    else if (rc != RC_OK)
        trouble(told, store_door_fault(rc));
}

static void name(struct db *db, struct arena *a, int64_t campaign_id, struct import_told *told)
{
    enum rc rc = subscribers_imports(db, a, campaign_id, &told->imports);

    if (rc != RC_OK)
        trouble(told, store_door_fault(rc));
}

void import_step(struct db *db, struct arena *a, const struct import_call *call, struct instant now,
                 struct import_told *told_out)
{
    struct content_campaign campaign;
    enum rc rc;

    *told_out = (struct import_told){.outcome = IMPORT_TROUBLE};
    rc = store_door_campaign(db, a, call->host, &campaign, &told_out->sentence, NULL);
    if (rc != RC_OK)
        return;
    told_out->outcome = IMPORT_DONE;
    told_out->host = campaign.host;
    switch (call->work) {
    case IMPORT_LOOK:
        (void)look(db, a, campaign.campaign_id, told_out);
        return;
    case IMPORT_WRITE:
        write_people(db, a, campaign.campaign_id, call, now, told_out);
        return;
    case IMPORT_NAME:
        name(db, a, campaign.campaign_id, told_out);
        return;
    case IMPORT_UNDO:
        undo(db, a, campaign.campaign_id, call, now, told_out);
        return;
    }
}
