-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- The house: which campaigns live here. What they say comes in later files, each with campaign_id first in its keys.
-- Types are tokens ({i64} …), for the two engines name them differently; src/db/db.h lists them.

-- One campaign, told apart from the others by the host name it answers to.
CREATE TABLE campaign (
    campaign_id {i64}  NOT NULL PRIMARY KEY,           -- 1, 2, 3 …; written once, by the first load
    host        {text} NOT NULL UNIQUE                 -- lower case, without a port; written by load
                CHECK (host <> '' AND host = lower(host)),
    revision    {i64}  NOT NULL CHECK (revision >= 0), -- grows by one with every change to what the campaign shows;
                                                       -- whoever writes such a change writes this in the same transaction
    changed_at  {i64}  NOT NULL                        -- when that was, in microseconds since 1970 UTC
) {strict};
