-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Where server.ini says handover = server: the key of a run that is not over, so that the server goes on with it alone.
-- Never dumped, never loaded.

CREATE TABLE run_kept (
    campaign_id {i64}   NOT NULL,
    run_no      {i64}   NOT NULL,
    kept        {bytes} NOT NULL,                         -- BRA1: under the server's own key, which is not in the store.
                                                          -- The row goes when the run ends, or the setting is off
    PRIMARY KEY (campaign_id, run_no),
    FOREIGN KEY (campaign_id, run_no) REFERENCES run (campaign_id, run_no)
) {strict};
