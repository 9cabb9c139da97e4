-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Who asked for letters, and what became of each letter. Who they are is sealed; the store never holds what opens it.
-- Never dumped, never loaded.

-- One who asked. Also one who left or whose address is dead: that is the list of those who are not written to.
CREATE TABLE subscriber (
    campaign_id {i64}   NOT NULL REFERENCES campaign (campaign_id),
    object      {bytes} NOT NULL,                         -- 16 random bytes: in the sealed header, and in links to leave
    wish        {i64}   NOT NULL,                         -- grows with each thing that people ask: of two records of one
                                                          -- person, whom only an unlock can tell, the higher holds.
                                                          -- Below zero: imported, older than all that they ever asked
    state       {i32}   NOT NULL CHECK (state IN (1, 2, 3)), -- enum subscriber_state: active, left, bounced
    state_day   {i32}   NOT NULL,                         -- since when: days since 1970. Leaving is undone for thirty
    lang        {text}  NOT NULL,                         -- "en", "es"; changed on the page of preferences
    audience    {text}  NOT NULL,                         -- key of campaign.ini; the same
    often       {i32}   NOT NULL CHECK (often IN (1, 2)), -- enum subscriber_often: every letter, only the important ones
    day         {i32}   NOT NULL,                         -- of the sealed header
    import_no   {i64}   NOT NULL,                         -- 0: by themselves
    sealed      {bytes} NOT NULL,                         -- BRS1 of kind subscriber: model/subscriber.h
    PRIMARY KEY (campaign_id, object)
) {strict};

CREATE INDEX subscriber_wish ON subscriber (campaign_id, wish);
CREATE INDEX subscriber_import_no ON subscriber (campaign_id, import_no) WHERE import_no > 0;

-- People who asked on paper or elsewhere, brought in together, and taken out together if that was wrong.
CREATE TABLE subscriber_import (
    campaign_id {i64}  NOT NULL REFERENCES campaign (campaign_id),
    import_no   {i64}  NOT NULL,                          -- 1, 2, 3 …
    made_at     {i64}  NOT NULL,                          -- microseconds since 1970 UTC
    undone_at   {i64}  NOT NULL,                          -- the same; 0: it holds
    people      {i64}  NOT NULL,                          -- how many it brought
    source      {text} NOT NULL,                          -- where they said yes, in the organizer's words; no names
    PRIMARY KEY (campaign_id, import_no)
) {strict};

-- One letter to everybody: a mailing that is under way or was.
CREATE TABLE run (
    campaign_id {i64}   NOT NULL REFERENCES campaign (campaign_id),
    run_no      {i64}   NOT NULL,                         -- 1, 2, 3 …
    news        {text}  NOT NULL,                         -- key of the newsletter
    state       {i32}   NOT NULL CHECK (state BETWEEN 1 AND 5), -- enum run_state: freezing, active, paused, stopped, done
    audiences   {text}  NOT NULL,                         -- keys, parted by commas; empty: everybody
    made_at     {i64}   NOT NULL,                         -- microseconds since 1970 UTC, as every …_at
    starts_at   {i64}   NOT NULL,
    ended_at    {i64}   NOT NULL,                         -- 0: not yet
    hours_from  {i32}   NOT NULL,                         -- minutes since midnight in the campaign's zone …
    hours_to    {i32}   NOT NULL,                         -- … letters go out between; the same twice: at any hour
    people      {i64}   NOT NULL,                         -- rows in delivery
    damaged     {i64}   NOT NULL,                         -- wanted, but the record did not open: nobody was written to
    no_way      {i64}   NOT NULL,                         -- wanted, but no server carries such an address
    domain      {text}  NOT NULL,                         -- which signs
    holder      {bytes} NOT NULL,                         -- 16 bytes: the process that sends; empty: none
    lease_until {i64}   NOT NULL,                         -- until when nobody else may take it
    fence       {i64}   NOT NULL,                         -- grows with each holder; what an earlier one still says is void
    key_object  {bytes} NOT NULL,                         -- of the sealed header below
    key_day     {i32}   NOT NULL,
    key_sealed  {bytes} NOT NULL,                         -- BRS1 of kind run: the key of the addresses below; blank at the end
    PRIMARY KEY (campaign_id, run_no)
) {strict};

-- What is sent: compiled once for each language and audience that differ. doc/formats/letter.md.
CREATE TABLE run_letter (
    campaign_id {i64}   NOT NULL,
    run_no      {i64}   NOT NULL,
    letter_no   {i32}   NOT NULL,
    letter      {bytes} NOT NULL,
    PRIMARY KEY (campaign_id, run_no, letter_no),
    FOREIGN KEY (campaign_id, run_no) REFERENCES run (campaign_id, run_no)
) {strict};

-- A receiving domain in a run is a number. Its name is here only when five people or more have it.
CREATE TABLE run_site (
    campaign_id {i64}  NOT NULL,
    run_no      {i64}  NOT NULL,
    site_no     {i32}  NOT NULL,
    name        {text} NOT NULL,                          -- empty: fewer than five
    people      {i64}  NOT NULL,
    next_at     {i64}  NOT NULL,                          -- the bucket, as the time at which it is empty
    slower      {i32}  NOT NULL,                          -- how often its rate was halved
    rest_until  {i64}  NOT NULL,                          -- it asked us to wait
    parked      {i64}  NOT NULL,                          -- about how many of its people wait for the bucket
    PRIMARY KEY (campaign_id, run_no, site_no),
    FOREIGN KEY (campaign_id, run_no) REFERENCES run (campaign_id, run_no)
) {strict};

CREATE INDEX run_site_parked ON run_site (campaign_id, run_no) WHERE parked > 0;

-- One letter to one person, and its outcome.
CREATE TABLE delivery (
    campaign_id {i64}   NOT NULL,
    run_no      {i64}   NOT NULL,
    person_no   {i64}   NOT NULL,                         -- 0, 1, 2 …
    object      {bytes} NOT NULL,                         -- of the subscriber
    site_no     {i32}   NOT NULL,
    letter_no   {i32}   NOT NULL,
    state       {i32}   NOT NULL CHECK (state BETWEEN 0 AND 6), -- enum delivery_state
    attempts    {i32}   NOT NULL,
    fence       {i64}   NOT NULL,                         -- of the run when it was claimed
    next_at     {i64}   NOT NULL,                         -- pending, deferred: not before; -1: when its site has room
    first_at    {i64}   NOT NULL,                         -- of the first attempt: its Date; 0: none yet
    code        {i32}   NOT NULL,                         -- of the last reply: 250, 421, 550 …; never its text
    class       {i32}   NOT NULL,                         -- enum mail_class
    address     {bytes} NOT NULL,                         -- under the run's key; blank from the last outcome on
    PRIMARY KEY (campaign_id, run_no, person_no),
    FOREIGN KEY (campaign_id, run_no) REFERENCES run (campaign_id, run_no)
) {strict};

-- Pending and deferred: what can be claimed, in the order of people, whose rows then lie side by side; and apart from
-- them, by site, who has to wait until there is room in its bucket.
CREATE INDEX delivery_due ON delivery (campaign_id, run_no, next_at, person_no) WHERE state IN (0, 3) AND next_at >= 0;
CREATE INDEX delivery_parked ON delivery (campaign_id, run_no, site_no, person_no)
    WHERE state IN (0, 3) AND next_at = -1;
-- Claimed and in doubt: what has to be settled.
CREATE INDEX delivery_open ON delivery (campaign_id, run_no, state) WHERE state IN (1, 5);

-- Who had all about them deleted. Their record is gone; whose letters were theirs is taken out of the deliveries next, and
-- then the row here goes too.
CREATE TABLE forgotten (
    campaign_id {i64}   NOT NULL,
    object      {bytes} NOT NULL,
    PRIMARY KEY (campaign_id, object)
) {strict};
