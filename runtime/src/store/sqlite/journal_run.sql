-- Version 2: an index of the journal that is written in batches, so that a commit dirties no page of it.

-- Rows of an execution that stand side by side in the journal. Complete up to `indexed_to` in `meta`; what is behind that is found by reading it.
CREATE TABLE journal_run (
    execution INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    PRIMARY KEY (execution, first)
) STRICT, WITHOUT ROWID;

INSERT INTO journal_run
SELECT execution, min(id), max(id)
FROM (SELECT execution, id, id - row_number() OVER (PARTITION BY execution ORDER BY id) AS run FROM journal)
GROUP BY execution, run;

INSERT INTO meta SELECT 'indexed_to', coalesce(max(id), 0) FROM journal;

DROP INDEX journal_by_execution;

DROP VIEW history;

CREATE VIEW history AS
SELECT j.execution, j.id AS row,
       strftime('%Y-%m-%dT%H:%M:%fZ', (e.started_at + j.at) / 1000.0, 'unixepoch') AS time,
       coalesce(j.scope, '') AS scope, j.ordinal, coalesce(n.name, j.event) AS event,
       json_extract(m.json, '$.states[' || j.state || '].name') AS state,
       j.visits, j.name, j.number,
       CASE
           WHEN typeof(j.payload) <> 'integer' THEN j.payload
           WHEN j.payload = 0 THEN e.input
           ELSE (SELECT o.payload FROM journal AS o WHERE o.id = j.payload)
       END AS payload
FROM (
    SELECT r.execution, i.id, i.event, i.scope, i.ordinal, i.at, i.state, i.visits, i.name, i.number, i.payload
    FROM journal_run AS r CROSS JOIN journal AS i ON i.id BETWEEN r.first AND r.last
    UNION ALL
    SELECT execution, id, event, scope, ordinal, at, state, visits, name, number, payload
    FROM journal WHERE id > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'indexed_to')
) AS j
JOIN execution AS e ON e.id = j.execution
LEFT JOIN event_name AS n ON n.number = j.event
LEFT JOIN machine AS m ON m.id = e.machine;
