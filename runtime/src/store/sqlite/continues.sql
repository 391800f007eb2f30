-- Executions that go on in the place of others: `awaited` is 3. Described in docs/storage.md. Never edited.

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
       e.input, e.output, e.error, e.cause,
       CASE WHEN e.awaited IS NOT 3 THEN e.parent END AS parent,
       CASE WHEN e.awaited IS 3 THEN e.parent END AS continues,
       m.fingerprint AS machine
FROM execution AS e
LEFT JOIN status_name AS s ON s.number = e.status
LEFT JOIN machine AS m ON m.id = e.machine;
