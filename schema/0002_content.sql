-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- What a campaign says, piece by piece, so that loading and dumping lose nothing and two people's changes can be told
-- apart. Only what may be public once its time has come: no person's data is ever here.

-- One file of a campaign folder, or one row of a register. Written by load alone.
CREATE TABLE piece (
    campaign_id {i64}   NOT NULL REFERENCES campaign (campaign_id),
    path        {text}  NOT NULL CHECK (path <> ''),    -- "news/2026-04-24-memo.md", "figures.csv#signers/2026-04-20"
    position    {i64}   NOT NULL CHECK (position >= 0), -- of a row in its register, from 1; 0 for a file
    hash        {bytes} NOT NULL,                       -- SHA-256 of `bytes`
    revision    {i64}   NOT NULL,                       -- the campaign's, when these bytes came
    bytes       {bytes} NOT NULL,                       -- a photo's are cleaned; a row's are "column,value" lines
    PRIMARY KEY (campaign_id, path)
) {strict};
