-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- What people tell a campaign is sealed to: public halves, and secret halves wrapped with a passphrase that is not here.
-- Written by `breakroom keys new` alone. Never dumped, never loaded.

-- What a campaign is called inside of what is sealed. Made with its first keys, and never changed: all that was sealed
-- names it.
CREATE TABLE seal_campaign (
    campaign_id {i64}   NOT NULL PRIMARY KEY REFERENCES campaign (campaign_id),
    name        {bytes} NOT NULL UNIQUE                    -- 16 random bytes
) {strict};

-- One pair. A pair that another replaced stays: what was sealed to it opens with its passphrase still.
CREATE TABLE sealing_key (
    campaign_id {i64}   NOT NULL REFERENCES campaign (campaign_id),
    key_id      {bytes} NOT NULL,                          -- 8 bytes, of a hash of kind and public half
    kind        {i32}   NOT NULL CHECK (kind IN (1, 2)),   -- enum key_kind: mailing, committee
    public_half {bytes} NOT NULL,                          -- X25519, 32 bytes
    wrapped     {bytes} NOT NULL,                          -- the secret half: "BRW1" of doc/formats/sealed.md
    made_at     {i64}   NOT NULL,                          -- microseconds since 1970 UTC
    replaced_at {i64}   NOT NULL CHECK (replaced_at >= 0), -- the same; 0 while it is in use
    PRIMARY KEY (campaign_id, key_id)
) {strict};

-- Never two of a kind in use.
CREATE UNIQUE INDEX sealing_key_in_use ON sealing_key (campaign_id, kind) WHERE replaced_at = 0;
