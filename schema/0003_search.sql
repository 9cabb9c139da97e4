-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- What search finds: made from the pieces (0002) whenever they change, and made anew whenever it does not fit them, so
-- that nothing is lost with it. The words are made by src/terms, for both engines alike.

-- The state of a campaign's rows below. Written with them, in the same transaction.
CREATE TABLE search_state (
    campaign_id {i64} NOT NULL PRIMARY KEY REFERENCES campaign (campaign_id),
    revision    {i64} NOT NULL, -- of the campaign, when they were made
    rules       {i64} NOT NULL, -- TERMS_RULES of the program that made them
    day         {i64} NOT NULL  -- in the campaign's zone, since 1970: what pages say of figures goes by the day
) {strict};

-- One text that readers can open: an entry in one language. Drafts are never here; what is still to come is, with its
-- minute, and is not found before.
CREATE TABLE search (
    search_id   {i64}   NOT NULL PRIMARY KEY,  -- campaign_id * 2^32 and a number from 1: the index below knows no other key
    campaign_id {i64}   NOT NULL REFERENCES campaign (campaign_id),
    kind        {i32}   NOT NULL,              -- enum entry_kind
    lang        {i32}   NOT NULL,              -- enum lang
    public_at   {i64}   NOT NULL,              -- microseconds since 1970 UTC
    day         {i64}   NOT NULL,              -- of publication or review, since 1970; the smallest number for none
    key         {text}  NOT NULL,
    hash        {bytes} NOT NULL,              -- SHA-256 of all that this row is made from: the same is not written again
    title_words {text}  NOT NULL,              -- the title folded, a bar, all forms of its words
    title       {text}  NOT NULL,
    words       {text}  NOT NULL,              -- all forms of all words, "one+two" for two side by
                                               -- side, and "#campaign_id"
    folded      {text}  NOT NULL,              -- title and body folded: where phrases are looked up
    body        {text}  NOT NULL,              -- as readers see it, a line a block
    UNIQUE (campaign_id, kind, key, lang)
) {strict};

-- Which words stand in which row. Written beside each row; SQLite wants a row's old words to take it out again.
--sqlite:CREATE VIRTUAL TABLE search_index USING fts5 (
--sqlite:    words, content = '', detail = none, columnsize = 0, tokenize = "ascii tokenchars '=#+'"
--sqlite:);
--postgres:CREATE TABLE search_index (
--postgres:    rowid BIGINT   NOT NULL PRIMARY KEY, -- search_id
--postgres:    words TSVECTOR NOT NULL
--postgres:);
--postgres:CREATE INDEX search_index_words ON search_index USING gin (words);
