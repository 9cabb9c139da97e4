-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- What was public, and what it showed: written when a newsletter is published, so that a later change of a register does not
-- change what is known of it. A text that is changed itself is shown anew, and recorded anew. A dump's published.csv is made of it.

-- Of which revision the rows below are, and until when.
CREATE TABLE published_state (
    campaign_id {i64} NOT NULL PRIMARY KEY REFERENCES campaign (campaign_id),
    revision    {i64} NOT NULL, -- of the campaign, when it was looked at
    next_at     {i64} NOT NULL  -- microseconds since 1970 UTC: then another newsletter becomes public; the largest number
                                -- for none
) {strict};

-- A newsletter in a language. The row goes when the newsletter is removed from the campaign.
CREATE TABLE published (
    campaign_id {i64}   NOT NULL REFERENCES campaign (campaign_id),
    key         {text}  NOT NULL,
    lang        {i32}   NOT NULL, -- enum lang
    public_at   {i64}   NOT NULL, -- microseconds since 1970 UTC: when it became public
    hash        {bytes} NOT NULL, -- SHA-256 of its file
    shown       {text}  NOT NULL, -- its figures: "signers=146; schools=21"
    leans       {text}  NOT NULL, -- what else it leaned on: "doc:memo=p2, p6-7; case:6025#access=charged"
    PRIMARY KEY (campaign_id, key, lang)
) {strict};
