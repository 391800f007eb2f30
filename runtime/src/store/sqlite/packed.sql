-- Payloads that are stored compressed: a BLOB in `journal.payload`, and these columns where the text is empty. Described in docs/storage.md. Never edited.

ALTER TABLE execution ADD COLUMN packed_input BLOB;
ALTER TABLE execution ADD COLUMN packed_output BLOB;

DROP VIEW executions;

CREATE VIEW executions AS
SELECT e.id, e.workflow, coalesce(e.version, 1) AS version, e.name, s.name AS status,
       strftime('%Y-%m-%dT%H:%M:%fZ', e.started_at / 1000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%fZ', e.closed_at / 1000.0, 'unixepoch') AS closed,
       CASE
           WHEN e.closed_at IS NOT NULL THEN NULL
           WHEN e.wake IS NULL THEN 'external'
           WHEN e.wake = -1 THEN 'now'
           ELSE strftime('%Y-%m-%dT%H:%M:%fZ', e.wake / 1000.0, 'unixepoch')
       END AS wake,
       coalesce(e.packed_input, e.input) AS input, coalesce(e.packed_output, e.output) AS output, e.error, e.cause,
       CASE WHEN e.awaited IS NOT 3 THEN e.parent END AS parent,
       CASE WHEN e.awaited IS 3 THEN e.parent END AS continues,
       m.fingerprint AS machine
FROM execution AS e
LEFT JOIN status_name AS s ON s.number = e.status
LEFT JOIN machine AS m ON m.id = e.machine;

DROP VIEW history;

CREATE VIEW history AS
SELECT j.execution, j.id AS row,
       strftime('%Y-%m-%dT%H:%M:%fZ', (e.started_at + j.at) / 1000.0, 'unixepoch') AS time,
       coalesce(j.scope, '') AS scope, j.ordinal, coalesce(n.name, j.event) AS event,
       json_extract(m.json, '$.states[' || j.state || '].name') AS state,
       j.visits, j.name, j.number,
       CASE
           WHEN typeof(j.payload) <> 'integer' THEN j.payload
           WHEN j.payload = 0 THEN coalesce(e.packed_input, e.input)
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
